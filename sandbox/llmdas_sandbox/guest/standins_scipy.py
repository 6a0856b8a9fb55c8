"""What a program gets instead of scipy's functions and objects: numbers in, numbers out, and nothing else of them.

Classes become functions that make an object behind its listed methods: a tree or a distribution has many attributes
that lead to scipy's inside. Read-only arrays are copied on the way in, for what LAPACK is told to overwrite it
overwrites. Nothing here imports scipy: a guest whose policy does not name it does not have it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np

from llmdas_sandbox.guest.standins import is_numeric, numeric, ufunc

_DISTRIBUTION = (
    "cdf", "interval", "isf", "logcdf", "logpdf", "logsf", "mean", "median", "pdf", "ppf", "rvs", "sf", "std", "var",
)  # fmt: skip
_SEVERAL = ("cdf", "logcdf", "logpdf", "pdf", "rvs")
_DENSITY = ("evaluate", "logpdf", "pdf", "resample")
_DEPTH = 3  # pairs of lists of numbers; nothing that is listed returns more


class Held:
    """Stands for an object of scipy: exactly the listed methods, and a call where one is due."""

    __slots__ = ("_call", "_kind", "_methods")

    def __init__(
        self, kind: str, methods: Mapping[str, Callable[..., Any]], call: Callable[..., Any] | None = None
    ) -> None:
        object.__setattr__(self, "_kind", kind)
        object.__setattr__(self, "_methods", dict(methods))
        object.__setattr__(self, "_call", call)

    def __getattribute__(self, name: str) -> Any:
        methods = _slot(self, "_methods")
        if name in methods:
            return methods[name]
        raise AttributeError(f"{_slot(self, '_kind')}.{name} does not exist")

    def __call__(self, *values: Any, **named: Any) -> Any:
        """Do what calling the real object does, where that is listed."""
        call = _slot(self, "_call")
        if call is None:
            raise TypeError(f"an object of {_slot(self, '_kind')} cannot be called")
        return call(*values, **named)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"the attribute {name!r} cannot be written")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"the attribute {name!r} cannot be deleted")

    def __repr__(self) -> str:
        return f"<{_slot(self, '_kind')}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("an object of scipy cannot be copied")


_slot = object.__getattribute__


def of_scipy(module: str, name: str, value: Any) -> Any:
    """Return what a program gets for a listed attribute of scipy.

    Raises:
        ValueError: it is a class or an object of which nobody has said that it is harmless.
    """
    full = f"{module}.{name}"
    if full in _MADE:
        return _named(name, _MADE[full](value))
    if isinstance(value, np.ufunc):
        return ufunc(value)
    if isinstance(value, type):
        if issubclass(value, Exception):
            return value
    elif module == "scipy.stats" and hasattr(value, "rvs"):
        return _distribution(name, value)
    elif callable(value):
        return numbers_only(value)
    raise ValueError(f"no policy may permit {full}: no guard knows it")


def numbers_only(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that does the same, on copies of read-only arrays, and gives back numbers only."""

    def call(*values: Any, **named: Any) -> Any:
        result = function(*_taken(values), **_taken_by_name(named))
        _check(result, _DEPTH)
        return result

    return _named(getattr(function, "__name__", "function"), call)


def _named(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    function.__name__ = function.__qualname__ = name
    return function


def _taken(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(_own(value) for value in values)


def _taken_by_name(named: Mapping[str, Any]) -> dict[str, Any]:
    if named.get("dtype") is not None:
        numeric(named["dtype"])
    return {name: _own(value) for name, value in named.items()}


def _own(value: Any) -> Any:
    """Return a value that may be overwritten without harm.

    Raises:
        TypeError: it is an array of something else than numbers.
    """
    if isinstance(value, np.ndarray):
        if not is_numeric(value.dtype):
            raise TypeError(f"an array of dtype {value.dtype} is not permitted here; use numbers")
        return value if value.flags.writeable else value.copy()
    return value


def _check(result: Any, depth: int) -> None:
    """Look at a result and the parts of containers in it.

    Raises:
        TypeError: something in it is neither a number, nor text, nor an array of numbers.
    """
    if result is None or isinstance(result, bool | int | float | complex | str):
        return
    if isinstance(result, np.ndarray | np.generic):
        if is_numeric(result.dtype) and (type(result) is np.ndarray or isinstance(result, np.generic)):
            return
    elif isinstance(result, tuple | list | set) and depth:
        for part in result:
            _check(part, depth - 1)
        return
    raise TypeError(f"the result holds a {type(result).__name__}; only numbers are permitted")


def _measured(real: Callable[..., Any]) -> Callable[..., Any]:
    """Return `cdist` or `pdist` with `VI` looked at: scipy reads past the end of one that is too small."""
    function = numbers_only(real)

    def call(*values: Any, **named: Any) -> Any:
        if named.get("VI") is not None:
            named["VI"] = np.array(named["VI"], dtype=np.float64)
            rows: Any = values[0] if values else named.get("XA", named.get("X"))
            width = np.shape(rows)[-1:]
            if named["VI"].shape != width * 2:
                raise ValueError(f"VI has the shape {named['VI'].shape}, not {width * 2}")
        return function(*values, **named)

    return call


def _trees(real: Callable[..., Any]) -> Callable[..., Held]:
    """Return a function that makes a tree on rows of its own."""

    def make(*values: Any, **named: Any) -> Held:
        return _tree(real(*_taken(values), **{**_taken_by_name(named), "copy_data": True}))

    return make


def _tree(real: Any) -> Held:
    """Return a tree behind two methods; neither takes `workers`, for there are no threads."""

    def query(
        x: Any, k: Any = 1, eps: float = 0.0, p: float = 2.0, distance_upper_bound: float = np.inf
    ) -> tuple[Any, Any]:
        distances, places = real.query(_own(x), _own(k), eps, p, distance_upper_bound)
        return distances, places

    def query_ball_point(
        x: Any,
        r: Any,
        p: float = 2.0,
        eps: float = 0.0,
        *,
        return_sorted: bool | None = None,
        return_length: bool = False,
    ) -> Any:
        found = real.query_ball_point(
            _own(x), _own(r), p, eps, return_sorted=return_sorted, return_length=return_length
        )
        if isinstance(found, np.ndarray) and found.dtype.hasobject:
            found = found.tolist()  # scipy gives an array of lists, of which no program may have one
        return found

    return Held("KDTree", {"query": query, "query_ball_point": query_ball_point})


def _densities(real: Callable[..., Any]) -> Callable[..., Held]:
    """Return a function that makes a density; a function given as `bw_method` would be handed the real object."""

    def make(*values: Any, **named: Any) -> Held:
        if any(callable(value) for value in (*values, *named.values())):
            raise TypeError("gaussian_kde takes no function here; give bw_method as a number or a name")
        density = real(*_taken(values), **_taken_by_name(named))
        return Held("gaussian_kde", _methods(density, _DENSITY), numbers_only(density.evaluate))

    return make


def _distribution(name: str, real: Any) -> Held:
    """Return a distribution, callable so that its parameters can be fixed."""
    listed = _SEVERAL if name.startswith("multivariate_") else _DISTRIBUTION

    def fixed(*values: Any, **named: Any) -> Held:
        return Held(name, _methods(real(*_taken(values), **_taken_by_name(named)), listed))

    return Held(name, _methods(real, listed), fixed)


def _methods(real: Any, names: tuple[str, ...]) -> dict[str, Callable[..., Any]]:
    return {name: numbers_only(getattr(real, name)) for name in names if hasattr(real, name)}


_MADE: Mapping[str, Callable[[Any], Callable[..., Any]]] = {
    "scipy.spatial.KDTree": _trees,
    "scipy.spatial.cKDTree": _trees,
    "scipy.spatial.distance.cdist": _measured,
    "scipy.spatial.distance.pdist": _measured,
    "scipy.stats.gaussian_kde": _densities,
}
