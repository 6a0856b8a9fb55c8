"""Records that stand in files: frozen dataclasses, checked against their annotations; unknown keys are refused.

A small part of what pydantic does, for what must be read before anything can be judged: policy, contract and rules.
Importing pydantic alone takes longer than judging a program.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import types
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

Place = tuple[str | int, ...]
Check = Callable[[Any], str | None]
_Kind = TypeVar("_Kind")
_PLAIN = {str: "string", int: "integer", bool: "boolean"}


class Invalid(Exception):
    """A value that does not fit its field: `place` says which, as the keys and numbers that lead there."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(f"{'.'.join(map(str, place))}: {message}")
        self.place, self.message = place, message


def at_least(size: int) -> Check:
    """Demand so many characters or items."""

    def check(value: Any) -> str | None:
        what, parts = ("String", "characters") if isinstance(value, str) else ("Tuple", "items")
        return None if len(value) >= size else f"{what} should have at least {size} {parts}"

    return check


def matching(pattern: str) -> Check:
    """Demand that a regular expression of `re` matches from the beginning."""
    compiled = re.compile(pattern)
    return lambda value: None if compiled.match(value) else f"String should match pattern '{pattern}'"


def above(bound: int) -> Check:
    """Demand a greater number."""
    return lambda value: None if value > bound else f"Input should be greater than {bound}"


def build(kind: type[_Kind], value: object) -> _Kind:
    """Build a frozen dataclass from a mapping; its annotations say what each field takes.

    Understood are `str`, `int`, `bool`, `Any`, other dataclasses, ``tuple[X, ...]``, ``Mapping[str, X]``, ``X | None``,
    `Literal`, and `Annotated` with the checks of this module.

    Raises:
        Invalid: the first field that is missing or does not fit, else the first key that is unknown.
    """
    made: _Kind = _record(kind, value, ())
    return made


def _record(kind: Any, value: object, place: Place) -> Any:
    if isinstance(value, kind):
        return value
    if not isinstance(value, Mapping):
        raise Invalid(place, "Input should be a valid dictionary")
    hints, given = _hints(kind), {}
    for field in dataclasses.fields(kind):
        if field.name in value:
            given[field.name] = _value(hints[field.name], value[field.name], (*place, field.name))
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise Invalid((*place, field.name), "Field required")
    unknown = next((key for key in value if key not in hints), None)
    if unknown is not None or None in value:
        raise Invalid((*place, str(unknown)), "Extra inputs are not permitted")
    return kind(**given)


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _value(hint: Any, value: Any, place: Place) -> Any:
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        made = _value(inner[0], value, place)
        message = next((told for check in inner[1:] if (told := check(made))), None)
        if message:
            raise Invalid(place, message)
        return made
    if origin in (Union, types.UnionType):
        return None if value is None else _value(next(part for part in inner if part is not type(None)), value, place)
    if origin is not None:
        return _compound(origin, inner, value, place)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _record(hint, value, place)
    if hint in _PLAIN and type(value) is not hint:
        raise Invalid(place, f"Input should be a valid {_PLAIN[hint]}")
    return value


def _compound(origin: Any, inner: tuple[Any, ...], value: Any, place: Place) -> Any:
    if origin is Literal:
        if value not in inner:
            raise Invalid(place, f"Input should be {' or '.join(map(repr, inner))}")
        return value
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise Invalid(place, "Input should be a valid tuple")
        return tuple(_value(inner[0], part, (*place, number)) for number, part in enumerate(value))
    if not isinstance(value, Mapping):
        raise Invalid(place, "Input should be a valid dictionary")
    made = {}
    for key, part in value.items():
        made[_value(inner[0], key, (*place, str(key)))] = _value(inner[1], part, (*place, str(key)))
    return made
