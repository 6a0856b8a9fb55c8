"""The stand-ins called directly: the table of positions agrees with numpy, and what nobody judged is not handed out."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from llmdas.policy import load_policy
from llmdas_sandbox.guest.guards import build_globals
from llmdas_sandbox.guest.standins import METHODS, POSITIONS, checked, handed_out, numeric

NUMPY = load_policy().modules["numpy"].attributes


def _position(function: object) -> int | None:
    """Where numpy's own signature takes `dtype` by position; None where it does not, or there is no signature."""
    try:
        parameters = list(inspect.signature(function).parameters.values())  # type: ignore[arg-type] # any callable
    except (ValueError, TypeError):
        return None
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return names.index("dtype") if "dtype" in names else None


def test_positions_of_dtype_are_those_of_numpy() -> None:
    types = [name for name in NUMPY if isinstance(getattr(np, name), type | np.ufunc)]
    real = {name: _position(getattr(np, name)) for name in NUMPY if name not in types}
    assert {name: place for name, place in real.items() if place is not None and POSITIONS.get(name) != place} == {}
    assert set(POSITIONS) <= set(NUMPY)


@pytest.mark.parametrize("name", sorted(POSITIONS))
def test_dtype_is_seen_at_its_position(name: str) -> None:
    def stub(*values: object, **named: object) -> None:
        raise AssertionError("called")

    guarded = checked(stub, POSITIONS[name])
    with pytest.raises(TypeError, match="not a plain numeric one"):
        guarded(*[None] * POSITIONS[name], "O")
    with pytest.raises(AssertionError):
        guarded(*[None] * POSITIONS[name], "f8")


def test_every_method_with_a_dtype_is_checked() -> None:
    permitted = load_policy().attributes_of("array")
    real = {name: _position(getattr(np.zeros(1), name)) for name in permitted if callable(getattr(np.zeros(1), name))}
    assert {name: place for name, place in real.items() if place is not None and METHODS.get(name) != place} == {}


@pytest.mark.parametrize("value", [float, "f8", np.int16, np.dtype(bool), complex, np.dtype(">i4")])
def test_numbers_are_numeric(value: object) -> None:
    assert numeric(value) == np.dtype(value)  # type: ignore[call-overload] # whatever numpy takes


@pytest.mark.parametrize(
    "name", ["matrix", "memmap", "nditer", "vectorize", "void", "object_", "str_", "mgrid", "ufunc"]
)
def test_a_class_or_object_that_nobody_judged_cannot_be_permitted(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        build_globals([], {"numpy": [name]}, [], lambda count: None)


def test_nothing_real_is_handed_out_where_a_stand_in_is_due() -> None:
    policy = load_policy()
    real = (np.ndarray, np.dtype, np.random.Generator, np.random.default_rng, np.r_, np.c_, np.s_)
    for module, permits in policy.modules.items():
        if module.startswith("numpy"):
            place = {"numpy": np, "numpy.linalg": np.linalg, "numpy.random": np.random, "numpy.typing": np.typing}[
                module
            ]
            for name in permits.attributes:
                value = getattr(place, name)
                if not inspect.ismodule(value):
                    given = handed_out(module, name, value)
                    assert not any(given is thing for thing in real), name
                    assert not isinstance(given, np.ufunc), name
