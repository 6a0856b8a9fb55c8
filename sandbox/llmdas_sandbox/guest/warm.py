"""Loads all that a program may need before the second filter: afterwards no file can be opened, so nothing imported.

`build_root` runs `load_all` once and copies what was loaded: the root file system holds these modules and nothing else.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import warnings
from collections.abc import Iterable, Mapping

import numpy as np

# numpy imports these lazily; programs reach them through the policy's proxies or through numpy's own functions.
WARM = (
    "numpy.fft",
    "numpy.linalg",
    "numpy.ma",
    "numpy.polynomial",
    "numpy.random",
    "numpy.lib.stride_tricks",
    "dataclasses",
)

# In the root, imported only when the policy of a job names them: numbers and text, no files, no processes.
CARRIED = (
    "array", "bisect", "calendar", "cmath", "collections", "collections.abc", "contextlib", "copy", "dataclasses",
    "datetime", "decimal", "enum", "fractions", "functools", "hashlib", "heapq", "itertools", "json", "math", "numbers",
    "operator", "random", "re", "statistics", "string", "textwrap", "time", "traceback", "typing", "zlib",
)  # fmt: skip

# Roots that hold a library besides numpy carry these modules of it; see `rootfs.ensure_root`.
LIBRARIES: Mapping[str, tuple[str, ...]] = {
    "scipy": ("scipy.linalg", "scipy.spatial", "scipy.spatial.distance", "scipy.special", "scipy.stats"),
    "torch": ("torch", "torch.linalg"),
}


@functools.cache  # a fork inherits that it was done
def warm() -> None:
    """Import what is lazy and make the first calls of what imports inside C code; once in a process and its forks."""
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    for name in WARM:
        importlib.import_module(name)
    _reductions()
    _algebra()


def load_all() -> None:
    """Import everything that any job may ask for."""
    warm()
    for name in CARRIED:
        importlib.import_module(name)


def load_ahead(names: Iterable[str]) -> None:
    """Import what later jobs name, so that a fork has it already; what is not in this root is left to the job to miss.

    Args:
        names: modules, or ``*`` for all that plain Python may want.
    """
    for name in names:
        with contextlib.suppress(ImportError):
            if name == "*":
                load_everything()
            elif name in CARRIED:
                importlib.import_module(name)
            elif name.partition(".")[0] in LIBRARIES:
                load_library(name.partition(".")[0])


def load_mentioned(source: bytes) -> None:
    """Import the modules and libraries whose names stand in a source; the text is searched, not parsed."""
    for name in CARRIED:
        if name.encode() in source:
            importlib.import_module(name)
    for library in LIBRARIES:
        if library.encode() in source:
            with contextlib.suppress(ImportError):  # the program gets its own error
                load_library(library)


@functools.cache  # likewise
def load_everything() -> None:
    """Import all modules and libraries that this root carries."""
    load_all()
    for library in LIBRARIES:
        with contextlib.suppress(ImportError):
            load_library(library)


@functools.cache  # likewise
def load_library(name: str) -> None:
    """Import a library's modules and make the first calls of what imports late.

    Raises:
        ImportError: this root does not carry it.
    """
    for module in LIBRARIES[name]:
        importlib.import_module(module)
    if name == "scipy":
        _second_openblas()
    elif name == "torch":
        _tensors()


def _reductions() -> None:
    x = np.arange(12.0).reshape(3, 4)
    for name in ("min", "max", "mean", "std", "var", "sum", "prod", "any", "all", "argsort", "cumsum", "argmax", "ptp"):
        getattr(np, name)(x, axis=0)
    for function in (np.median, np.unique, np.nanmean, np.nanstd, np.sort, np.isfinite, np.diff, np.histogram):
        function(x)
    np.percentile(x, [5, 95], axis=0)
    np.quantile(x, 0.5)
    np.clip(x, 0.0, 1.0)
    np.einsum("ij,kj->ik", x, x)
    np.where(x > 1, x, 0.0)
    np.concatenate([x, x])
    str(x), repr(x.astype(np.float32))
    np.array(["1.5"]).astype(float)


def _algebra() -> None:
    x = np.arange(12.0).reshape(3, 4) + np.eye(3, 4)
    square = np.cov(x, rowvar=False) + np.eye(4)
    for function in (
        np.linalg.svd, np.linalg.eigh, np.linalg.eig, np.linalg.qr, np.linalg.inv, np.linalg.pinv, np.linalg.cholesky,
        np.linalg.det, np.linalg.slogdet, np.linalg.norm, np.linalg.matrix_rank, np.corrcoef, np.fft.fft,
        np.ma.masked_invalid,
    ):  # fmt: skip
        function(square)
    np.linalg.solve(square, square)
    np.linalg.lstsq(square, square, rcond=None)
    np.polyfit(np.arange(4.0), np.arange(4.0), 1)
    rng = np.random.default_rng(0)
    (
        rng.normal(size=2),
        rng.choice(4, 2, replace=False),
        rng.permutation(4),
        rng.multivariate_normal(np.zeros(4), square),
    )
    np.random.RandomState(0).normal(size=2)


def _tensors() -> None:
    """Have torch import what it imports at first use."""
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)
    x = torch.eye(3) + 0.1
    repr(x), x @ x, torch.linalg.svd(x), torch.linalg.eigh(x), x.numpy(), torch.from_numpy(np.eye(2))


def _second_openblas() -> None:
    """Have scipy's own OpenBLAS take its memory, which it binds to a NUMA node by a call that is filtered later."""
    linalg = importlib.import_module("scipy.linalg")
    square = np.eye(4) + 0.1
    for function in (linalg.inv, linalg.lu, linalg.cholesky, linalg.svd, linalg.eigh, linalg.eig, linalg.expm):
        function(square)
    linalg.lstsq(square, square)
