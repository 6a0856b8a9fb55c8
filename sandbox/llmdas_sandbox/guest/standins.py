"""What a program gets instead of the parts of numpy and of `str` that could read memory as something else.

Three things turn numbers into object pointers or back: the class of arrays, a dtype with objects or fields, and what
reads an array's bytes. So classes are handed out as stand-ins that serve annotations and isinstance, every numpy
callable checks the dtype it is asked for and the arrays it returns, and `str` decodes nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import GenericAlias
from typing import Any, NoReturn

import numpy as np

# Where `dtype` stands among the positional arguments; every other function takes it as a keyword only, or not at all.
POSITIONS: Mapping[str, int] = {
    "arange": 3, "array": 1, "asanyarray": 1, "asarray": 1, "ascontiguousarray": 1, "cumprod": 2, "cumsum": 2,
    "empty": 1, "empty_like": 1, "eye": 3, "fromiter": 1, "full": 2, "full_like": 2, "geomspace": 4, "identity": 1,
    "indices": 1, "linspace": 5, "logspace": 5, "mean": 2, "nancumprod": 2, "nancumsum": 2, "nanmean": 2, "nanprod": 2,
    "nanstd": 2, "nansum": 2, "nanvar": 2, "ones": 1, "ones_like": 1, "prod": 2, "std": 2, "sum": 2, "trace": 4,
    "tri": 3, "var": 2, "zeros": 1, "zeros_like": 1,
}  # fmt: skip
_NEVER = sys.maxsize
# Methods of arrays, scalars and generators that take a dtype, or whose result may hold what they were given.
METHODS: Mapping[str, int] = {
    "astype": 0, "choice": _NEVER, "choose": _NEVER, "clip": _NEVER, "cumprod": 1, "cumsum": 1, "dot": _NEVER,
    "mean": 1, "permutation": _NEVER, "permuted": _NEVER, "prod": 1, "std": 1, "sum": 1, "trace": 3, "var": 1,
}  # fmt: skip
_UFUNC_METHODS: Mapping[str, int] = {"accumulate": 2, "outer": _NEVER, "reduce": 2, "reduceat": 3}
_OWNERS = (np.ndarray, np.generic, np.random.Generator)
_REFUSED_KEYWORDS = frozenset({"like", "sig", "signature", "subok"})
_PLAIN_CLASSES = (np.errstate, np.finfo, np.iinfo, np.ndenumerate, np.ndindex)
_KEYED = (type(np.r_), type(np.c_), type(np.s_))
# Results that need no look: asked first, because nearly every result is one of these.
_SCALARS = frozenset({type(None), bool, int, float, np.bool_, np.int64, np.float64})
_FLOAT = np.dtype(np.float64)


def is_numeric(dtype: np.dtype[Any], kinds: str = "biufc") -> bool:
    """Tell whether a dtype is of one of these kinds and has neither fields nor a shape of its own."""
    return dtype.kind in kinds and dtype.names is None and dtype.subdtype is None


def numeric(value: Any) -> np.dtype[Any]:
    """Return the dtype that `value` asks for.

    Raises:
        TypeError: it is not a plain numeric one, however it was spelt or computed.
    """
    dtype: np.dtype[Any] = np.dtype(value)
    if not is_numeric(dtype):
        raise TypeError(f"the dtype {dtype} is not a plain numeric one; use float, int, bool or np.float64")
    return dtype


def checked(function: Callable[..., Any], position: int = _NEVER) -> Callable[..., Any]:
    """Return a function that does the same for numeric dtypes and numeric or text results, and refuses others.

    Args:
        function: a callable of numpy, or a bound method of an array, a scalar or a generator.
        position: where `dtype` stands among the positional arguments.
    """

    def call(*values: Any, **named: Any) -> Any:
        if named:
            _check_named(named)
        if len(values) > position and values[position] is not None:
            numeric(values[position])
        result = function(*values, **named)
        kind = type(result)
        if kind in _SCALARS or (kind is np.ndarray and result.dtype is _FLOAT):
            return result
        _check_result(result, 2)
        return result

    call.__name__ = call.__qualname__ = getattr(function, "__name__", "function")
    return call


def _check_named(named: Mapping[str, Any]) -> None:
    if named.get("dtype") is not None:
        numeric(named["dtype"])
    for name in named:
        if name in _REFUSED_KEYWORDS:
            raise TypeError(f"the keyword {name!r} is not permitted")


def _check_result(result: Any, depth: int) -> None:
    """Look at an array, a dtype or the arrays in a tuple or list; nothing that numpy returns is nested deeper."""
    if isinstance(result, np.ndarray | np.generic):
        plain = type(result) is np.ndarray or isinstance(result, np.generic)
        if not plain or not is_numeric(result.dtype, "biufcU"):
            raise TypeError(
                f"the result is a {type(result).__name__} of dtype {result.dtype}; only numbers are permitted"
            )
    elif isinstance(result, np.dtype):
        numeric(result)
    elif depth and isinstance(result, tuple | list):
        for part in result:
            _check_result(part, depth - 1)


def checked_method(owner: Any, name: str, method: Any) -> Any:
    """Return a method named in `METHODS` as it is handed out: checked where its owner is numpy's.

    Raises:
        AttributeError: it was read from a class, so its arguments stand in other places.
    """
    if isinstance(owner, type) and issubclass(owner, _OWNERS):
        raise AttributeError(f"{owner.__name__}.{name} is not permitted; call it on a value")
    return checked(method, METHODS[name]) if isinstance(owner, _OWNERS) else method


class _Kind(type):
    """Metaclass of the stand-ins: isinstance and issubclass answer for the real class, a call does what is safe."""

    _real: type
    _methods = False

    def __call__(cls, *values: Any, **named: Any) -> Any:
        return cls._make(*values, **named)

    def _make(cls, *values: Any, **named: Any) -> Any:
        raise NotImplementedError

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, cls._real)

    def __subclasscheck__(cls, other: Any) -> bool:
        return issubclass(other._real if isinstance(other, _Kind) else other, cls._real)

    def __getattr__(cls, name: str) -> Any:
        if cls._methods and not name.startswith("_"):
            return getattr(cls._real, name)
        raise AttributeError(f"{cls.__name__}.{name} does not exist")


class Array(metaclass=_Kind):
    """Stands for `numpy.ndarray`."""

    _real = np.ndarray

    @classmethod
    def __class_getitem__(cls, item: Any) -> GenericAlias:
        return GenericAlias(Array, item)

    @staticmethod
    def _make(*values: Any, **named: Any) -> NoReturn:
        raise TypeError("the class of arrays cannot be called; make arrays with np.array, np.zeros or np.empty")


class ArrayOf(Array):
    """Stands for `numpy.typing.NDArray`."""


class DType(metaclass=_Kind):
    """Stands for `numpy.dtype`; a call makes plain numeric dtypes only."""

    _real = np.dtype

    @classmethod
    def __class_getitem__(cls, item: Any) -> GenericAlias:
        return GenericAlias(DType, item)

    @staticmethod
    def _make(value: Any) -> np.dtype[Any]:
        return numeric(value)


class RandomGenerator(metaclass=_Kind):
    """Stands for `numpy.random.Generator`."""

    _real = np.random.Generator

    @staticmethod
    def _make(*values: Any, **named: Any) -> NoReturn:
        raise TypeError("the class of generators cannot be called; use the given one or np.random.default_rng(seed)")


class Text(metaclass=_Kind):
    """Stands for `str`: one value, for two would decode the bytes of an array, which may be pointers."""

    _real = str
    _methods = True

    @staticmethod
    def _make(*values: Any) -> str:
        if len(values) > 1:
            raise TypeError("str takes one value; nothing is decoded")
        return str(*values)


for _class, _name in (
    (Array, "ndarray"),
    (ArrayOf, "NDArray"),
    (DType, "dtype"),
    (RandomGenerator, "Generator"),
    (Text, "str"),
):
    _class.__name__ = _class.__qualname__ = _name


def default_rng(seed: Any) -> np.random.Generator:
    """Stand for `numpy.random.default_rng` with a seed that repeats: whole numbers or a generator."""
    if isinstance(seed, np.random.Generator):
        return seed
    if not _is_whole(seed):
        raise TypeError("default_rng takes whole numbers or a generator; use rng.integers(2**32)")
    return np.random.default_rng(seed)


def drawn_rng(seed: Any = None) -> np.random.Generator:
    """As `default_rng`; without a seed, from one that is drawn from the global generator, which the job seeded."""
    if seed is None:
        return np.random.default_rng(np.random.randint(0, 1 << 32, size=4, dtype=np.uint64))
    return default_rng(seed)


def reseed(seed: Any = None) -> None:
    """Stand for `numpy.random.seed`, which without whole numbers would bring entropy from outside."""
    if not _is_whole(seed):
        raise TypeError("seed takes whole numbers; the generator is seeded already, so delete the call")
    np.random.seed(seed)


def _is_whole(seed: Any) -> bool:
    return isinstance(seed, int | np.integer) or (
        isinstance(seed, np.ndarray | list | tuple) and np.size(seed) > 0 and np.asarray(seed).dtype.kind in "iu"
    )


class Keyed:
    """Stands for ``np.r_``, ``np.c_`` or ``np.s_``; numpy would look up text keys as names in the caller's frame."""

    __slots__ = ("_real",)

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getitem__(self, key: Any) -> Any:
        for part in key if isinstance(key, tuple) else (key,):
            if isinstance(part, str):
                raise TypeError("text is not permitted as an index; use np.concatenate, np.stack or np.column_stack")
        result = self._real[key]
        _check_result(result, 0)
        return result


def ufunc(real: np.ufunc) -> Callable[..., Any]:
    """Return a function that stands for a ufunc, its methods included."""
    call = checked(real)
    vars(call).update({name: checked(getattr(real, name), position) for name, position in _UFUNC_METHODS.items()})
    vars(call)["at"] = _writing(real.at)
    return call


def _writing(at: Callable[..., Any]) -> Callable[..., None]:
    """Return `ufunc.at` as it should be: numpy's own writes read-only arrays too."""

    def call(target: Any, /, *values: Any, **named: Any) -> None:
        if isinstance(target, np.ndarray) and not target.flags.writeable:
            raise ValueError("the array is read-only; work on a copy")
        at(target, *values, **named)

    return call


_NAMED: Mapping[str, Any] = {
    "numpy.ndarray": Array,
    "numpy.dtype": DType,
    "numpy.random.Generator": RandomGenerator,
    "numpy.random.default_rng": default_rng,
    "numpy.random.seed": reseed,
    "numpy.typing.NDArray": ArrayOf,
}


def handed_out(module: str, name: str, value: Any) -> Any:
    """Return what a program gets for a listed attribute of numpy.

    Raises:
        ValueError: it is a class or an object of which nobody has said that it is harmless.
    """
    full = f"{module}.{name}"
    if full in _NAMED:
        return _NAMED[full]
    if full == "numpy.typing.ArrayLike" or value is None or type(value) in (bool, int, float):
        return value
    if isinstance(value, type):
        number = issubclass(value, np.generic) and not issubclass(value, np.flexible | np.object_)
        if number or issubclass(value, Exception) or value in _PLAIN_CLASSES:
            return value
    elif isinstance(value, np.ufunc):
        return ufunc(value)
    elif isinstance(value, _KEYED):
        return Keyed(value)
    elif callable(value):
        return checked(value, POSITIONS.get(name, _NEVER) if module == "numpy" else _NEVER)
    raise ValueError(f"no policy may permit {full}: no guard knows it")


def of_random(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a program gets of `numpy.random`.

    Where functions on the global generator are listed, that generator is the one that the job seeded.
    """
    given = {name: handed_out("numpy.random", name, value) for name, value in found.items()}
    if "default_rng" in given and given.keys() - {"Generator", "default_rng"}:
        given["default_rng"] = drawn_rng
    return given
