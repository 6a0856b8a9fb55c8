"""Every name that a profile adds exists, is no module in disguise, and means nothing on objects of other libraries."""

from __future__ import annotations

import collections
import functools
import importlib
import importlib.util
import itertools
from types import ModuleType

import numpy as np
import pytest

from llmdas.policy import Policy, load_policy, profile_names
from llmdas_sandbox.guest.guards import NEVER_ATTRIBUTES, NEVER_BUILTINS

ADDED = [name for name in profile_names() if name != "numpy"]
BASE = load_policy()
# What a program could hold without any added library.
OBJECTS = (
    np.zeros(2), np.float64(1), np.int64(1), np.bool_(True), np.zeros(2).flat, np.dtype(float), np.finfo(float),
    np.add, np.mean, np.random.default_rng(0), np.random.RandomState(0), np.errstate(), [], (), {}, set(),
    frozenset(), "text", 1, 1.0, 1j, True, None, range(2), slice(2), iter([]), enumerate([]), zip(), map(str,
    []), (i for i in []), lambda: None, len, type, object(), ValueError(), OSError(), collections.deque(),
    collections.Counter(), functools.partial(len), itertools.count(), itertools.chain(), {}.keys(), {}.items(),
    [].append,
)  # fmt: skip


def _require(library: str) -> None:
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"THE PROFILE {library.upper()} IS NOT TESTED: {library} is not installed")


def _modules(policy: Policy, library: str) -> list[str]:
    return [name for name in policy.modules if name.partition(".")[0] == library]


@pytest.mark.parametrize(("profile", "library"), [("numpy", "numpy"), ("numpy-scipy", "scipy"), ("torch", "torch")])
def test_names_of_modules_exist_and_only_listed_modules_are_modules(profile: str, library: str) -> None:
    _require(library)
    policy = load_policy(profile)
    assert _modules(policy, library)
    for name in _modules(policy, library):
        real = importlib.import_module(name)
        for attribute in policy.modules[name].attributes:
            value = getattr(real, attribute)
            assert isinstance(value, ModuleType) == (f"{name}.{attribute}" in policy.modules), f"{name}.{attribute}"


def test_attributes_of_scipy_objects_exist() -> None:
    from scipy import spatial, stats

    rows = np.random.default_rng(0).normal(size=(20, 2))
    owners = {
        "distribution": stats.norm,
        "density": stats.gaussian_kde(rows.T),
        "tree": spatial.KDTree(rows),
        "test": stats.spearmanr(rows[:, 0], rows[:, 1]),
    }
    policy = load_policy("numpy-scipy")
    for kind, owner in owners.items():
        assert policy.attributes_of(kind)
        assert [name for name in policy.attributes_of(kind) if not hasattr(owner, name)] == []
    added = policy.attribute_names - BASE.attribute_names
    assert added == frozenset().union(*(policy.attributes_of(kind) for kind in owners))


def test_attributes_of_tensors_exist() -> None:
    _require("torch")
    import torch

    owners = (torch.zeros(2, 2), torch.Generator())
    added = load_policy("torch").attributes_of("tensor")
    assert added == load_policy("torch").attribute_names - BASE.attribute_names
    assert [name for name in added if not any(hasattr(owner, name) for owner in owners)] == []


@pytest.mark.parametrize("profile", ADDED)
def test_added_attributes_mean_nothing_on_what_a_program_holds_already(profile: str) -> None:
    added = load_policy(profile).attribute_names - BASE.attribute_names
    found = {(type(owner).__name__, name) for owner in OBJECTS for name in added if hasattr(owner, name)}
    assert {name for _, name in found} <= {"device"}  # the text "cpu" on arrays


@pytest.mark.parametrize("profile", profile_names())
def test_nothing_stands_in_a_profile_that_no_policy_may_permit(profile: str) -> None:
    policy = load_policy(profile)
    assert not policy.builtin_names & NEVER_BUILTINS
    assert not policy.attribute_names & NEVER_ATTRIBUTES
    for name in (*policy.attribute_names, *(a for module in policy.modules.values() for a in module.attributes)):
        assert not name.startswith("_")


SCIPY_NEVER = (
    "scipy.LowLevelCallable", "scipy.io", "scipy.datasets", "scipy.test", "scipy.show_config", "scipy.optimize",
    "scipy.integrate", "scipy.spatial.ConvexHull", "scipy.spatial.Delaunay", "scipy.stats.qmc",
    "scipy.stats.sampling", "scipy.stats.bootstrap", "scipy.stats.permutation_test",
    "scipy.stats.rv_continuous", "scipy.stats.rv_histogram", "scipy.stats.make_distribution",
    "scipy.linalg.schur", "scipy.linalg.lapack", "scipy.linalg.blas", "scipy.linalg.cython_blas",
    "scipy.linalg.get_lapack_funcs", "scipy.special.cython_special", "scipy.special.errstate",
)  # fmt: skip
TORCH_NEVER = (
    "load", "save", "jit", "compile", "utils", "multiprocessing", "hub", "distributed", "classes", "ops",
    "library", "fx", "package", "from_file", "frombuffer", "from_numpy", "from_dlpack", "as_tensor", "asarray",
    "as_strided", "autograd", "storage", "UntypedStorage", "serialization", "seed", "set_default_device",
    "vmap", "func", "overrides", "export",
)  # fmt: skip
TENSOR_NEVER = (
    "register_hook", "backward", "grad", "grad_fn", "requires_grad_", "storage", "untyped_storage", "data_ptr",
    "set_", "resize_", "share_memory_", "pin_memory", "as_strided", "apply_", "map_", "view", "data",
    "module_load", "is_shared",
)  # fmt: skip


def test_profiles_leave_out_files_code_callbacks_and_memory() -> None:
    scipy, torch = load_policy("numpy-scipy"), load_policy("torch")
    for full in SCIPY_NEVER:
        module, _, name = full.rpartition(".")
        assert name not in scipy.modules[module].attributes
        assert full not in scipy.modules
    for name in TORCH_NEVER:
        assert name not in torch.modules["torch"].attributes
        assert f"torch.{name}" not in torch.modules
    assert not torch.attribute_names & set(TENSOR_NEVER)


def test_functions_of_scipy_that_start_threads_or_overwrite_are_asked_without_it() -> None:
    import inspect

    policy = load_policy("numpy-scipy")
    suspicious = {
        "workers",
        "callback",
        "optimizer",
        "func",
        "sort",
        "batch",
        "executor",
        "map_like",
        "file",
        "filename",
    }
    for name in _modules(policy, "scipy"):
        real = importlib.import_module(name)
        for attribute in policy.modules[name].attributes:
            try:
                parameters = set(inspect.signature(getattr(real, attribute)).parameters)
            except (ValueError, TypeError):
                continue
            assert not (parameters & suspicious) - policy.refused_keyword_names, f"{name}.{attribute}"
            overwriting = {parameter for parameter in parameters if parameter.startswith("overwrite")}
            assert overwriting <= policy.refused_keyword_names, f"{name}.{attribute}"
