"""Small programs and the requests that run them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from llmdas_sandbox import Generator, GuestPolicy, Limits, Proxy, Request, Rows, Scalar
from llmdas_sandbox.interface import Argument

POLICY = GuestPolicy(
    builtins=(
        "range",
        "len",
        "max",
        "print",
        "int",
        "float",
        "set",
        "list",
        "str",
        "ValueError",
        "KeyError",
        "Exception",
        "RecursionError",
    ),
    modules={
        "numpy": (
            "array",
            "ones",
            "zeros",
            "arange",
            "random",
            "linalg",
            "cov",
            "isfinite",
            "sort",
            "nan",
            "inf",
            "hstack",
        ),
        "numpy.random": ("normal", "default_rng"),
        "numpy.linalg": ("eigh",),
        "statistics": ("median",),
        "fractions": ("Fraction",),
    },
    attributes=("shape", "mean", "normal", "predict_score", "append", "copy", "join", "items", "sum", "size"),
)
X = np.arange(12.0).reshape(4, 3)
HEAD = "import numpy as np\n\n\ndef run(n, model, X, rng):\n"


def score(rows: np.ndarray) -> np.ndarray:
    """What the host answers: the sum of each row."""
    return rows.sum(axis=1)


def arguments(callback: Any = score, rows: np.ndarray = X, seed: int = 1) -> dict[str, Argument]:
    return {"n": Scalar(5), "model": Proxy({"predict_score": callback}), "X": Rows(rows), "rng": Generator(seed)}


def request(
    body: str,
    limits: Limits | None = None,
    *,
    head: str = HEAD,
    given: Mapping[str, Argument] | None = None,
    **more: Any,
) -> Request:
    """A request for one function whose body is given, indented by four spaces here."""
    lines = "\n".join(f"    {line}" for line in body.strip("\n").split("\n"))
    return source_request((head + lines + "\n").encode(), limits, given, **more)


def source_request(
    source: bytes, limits: Limits | None = None, given: Mapping[str, Argument] | None = None, **more: Any
) -> Request:
    values = {"sha256": hashlib.sha256(source).hexdigest(), "function": "run", "policy": POLICY} | more
    return Request(
        source=source, arguments=arguments() if given is None else given, limits=limits or Limits(), **values
    )
