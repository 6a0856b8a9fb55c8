"""The policy that ships: it loads, gives reasons, agrees with the libraries, and nothing harmful stands in it."""

from __future__ import annotations

import ast
import builtins
import importlib
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from llmdas.errors import ResourceError
from llmdas.policy import Policy, load_policy
from llmdas.policy_text import policy_text
from llmdas.resources import resource
from llmdas_sandbox.guest.guards import NEVER_ATTRIBUTES, NEVER_BUILTINS, build_globals


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy()


def _changed(tmp_path: Path, old: str, new: str) -> Path:
    text = resource("policies/policy.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "policy.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_every_permitted_name_exists(policy: Policy) -> None:
    assert all(hasattr(ast, name) for name in policy.syntax_names)
    assert all(hasattr(builtins, name) for name in policy.builtin_names)
    for name, module in policy.modules.items():
        real = importlib.import_module(name)
        assert [attribute for attribute in module.attributes if not hasattr(real, attribute)] == []


def test_submodules_that_are_listed_as_attributes_are_listed_as_modules(policy: Policy) -> None:
    for name, module in policy.modules.items():
        real = importlib.import_module(name)
        inner = {a for a in module.attributes if isinstance(getattr(real, a), ModuleType)}
        assert {f"{name}.{attribute}" for attribute in inner} <= set(policy.modules)


def test_nothing_stands_in_the_policy_that_no_policy_may_permit(policy: Policy) -> None:
    assert not policy.builtin_names & NEVER_BUILTINS
    assert not policy.attribute_names & NEVER_ATTRIBUTES
    everything = {
        *policy.builtin_names, *policy.attribute_names, *(a for m in policy.modules.values() for a in m.attributes)
    }  # fmt: skip
    assert not [name for name in everything if name.startswith("_")]


@pytest.mark.parametrize(
    "name",
    [
        "load",
        "save",
        "savez",
        "loadtxt",
        "savetxt",
        "genfromtxt",
        "fromfile",
        "fromregex",
        "memmap",
        "open_memmap",
        "DataSource",
        "ctypeslib",
        "lib",
        "testing",
        "f2py",
        "core",
        "frombuffer",
        "frompyfunc",
        "vectorize",
        "nditer",
        "object_",
        "void",
        "setbufsize",
        "seterrcall",
        "get_include",
        "show_config",
        "info",
        "savez_compressed",
        "fromstring",
        "bytes_",
        "str_",
        "record",
        "recarray",
        "matrix",
        "ma",
        "char",
        "strings",
        "emath",
        "test",
        "polynomial",
    ],
)
def test_numpy_without_files_native_code_and_objects(policy: Policy, name: str) -> None:
    assert name not in policy.modules["numpy"].attributes


@pytest.mark.parametrize(
    "name",
    [
        "percentile",
        "quantile",
        "cov",
        "corrcoef",
        "argpartition",
        "einsum",
        "searchsorted",
        "cumsum",
        "clip",
        "where",
        "unique",
        "concatenate",
        "stack",
        "tile",
        "repeat",
        "median",
        "histogram",
        "interp",
        "nan_to_num",
        "isfinite",
        "errstate",
        "linalg",
        "random",
        "sqrt",
        "maximum",
        "argsort",
        "take_along_axis",
    ],
)
def test_everyday_numpy_is_there(policy: Policy, name: str) -> None:
    assert name in policy.modules["numpy"].attributes


def test_guards_accept_the_policy(policy: Policy) -> None:
    guest = policy.as_guest()
    table = build_globals(guest.builtins, guest.modules, guest.attributes, lambda count: None)
    assert set(table["__builtins__"]) == {*guest.builtins, "__import__"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "  - reason: f-strings make text; what they embed is guarded like any other expression\n    names",
            "  - names",
        ),
        ("reason: numeric constants\n        names: [e,", "reason: ''\n        names: [e,"),
        ("profile: numpy", "profile: numpy\nunknown: 1"),
        ("max_bytes: 65536", "max_bytes: 0"),
        ("names: [print]", "names: []"),
        ("names: [print]", "names: print"),
        ("profile: numpy", "profile: [numpy"),
        ("of: array", "on: array"),
    ],
)
def test_a_permit_without_reason_or_an_unknown_field_does_not_load(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(ResourceError):
        load_policy(path=_changed(tmp_path, old, new))


def test_text_is_compact_stable_and_complete(policy: Policy) -> None:
    text = policy_text(policy)
    assert text == policy_text(load_policy())
    assert len(text) <= 5000
    for word in (
        "`numpy`",
        "percentile",
        "numpy.linalg",
        "standard_normal",
        "argsort",
        "isinstance",
        "classes",
        "match",
    ):
        assert word in text


def test_text_holds_no_name_that_is_refused(tmp_path: Path, policy: Policy) -> None:
    smaller = load_policy(path=_changed(tmp_path, "linspace, logspace,", "logspace,"))
    assert "linspace" in policy_text(policy)
    assert "linspace" not in policy_text(smaller)
    assert "default_rng" not in policy_text(policy)  # permitted, yet not to be suggested


def test_text_does_not_call_permitted_syntax_refused(tmp_path: Path, policy: Policy) -> None:
    wider = load_policy(path=_changed(tmp_path, "names: [Try, ExceptHandler,", "names: [ClassDef, Try, ExceptHandler,"))
    assert "classes;" in policy_text(policy)
    assert "classes;" not in policy_text(wider)


def test_every_attribute_says_what_it_belongs_to() -> None:
    raw = yaml.safe_load(resource("policies/policy.yaml").read_bytes())
    assert all(permit.get("of") for permit in raw["attributes"])
