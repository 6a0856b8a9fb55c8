"""Permits, the words in which policies, profiles and contracts say what exists for a program, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

import yaml

from llmdas.errors import ResourceError
from llmdas.records import Invalid, at_least, build, matching

Reason = Annotated[str, at_least(10)]
_REMEDY = "Mend or restore the file; docs/policy.md shows its form."


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """A group of names that are harmless for one stated reason.

    `of` says what kind of object attribute names belong to (``array``, ``generator``, ...); elsewhere it is empty.
    `prompt: false` keeps rarely used names out of the prompt's text; they are permitted all the same.
    """

    names: Annotated[tuple[str, ...], at_least(1)]
    reason: Reason
    of: Annotated[str, matching(r"^[a-z]*$")] = ""
    prompt: bool = True


Groups = Annotated[tuple[Permit, ...], at_least(1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A module that may be imported, and the only attributes of it that exist for a program."""

    permits: Groups
    reason: Reason
    aliases: tuple[str, ...] = ()

    @property
    def attributes(self) -> tuple[str, ...]:
        """Every permitted attribute, sorted."""
        return names_of(self.permits)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedModule:
    """What is added about a module: everything where it is new, `permits` alone where it is permitted already."""

    permits: Groups
    reason: Reason | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Additions:
    """What a profile or a contract permits, and which keywords it refuses, beyond the policy that it adds to.

    Nothing can be taken away or changed by it: there is no word for that.
    """

    syntax: tuple[Permit, ...] = ()
    builtins: tuple[Permit, ...] = ()
    modules: Mapping[str, AddedModule] = field(default_factory=dict)
    attributes: tuple[Permit, ...] = ()
    refused_keywords: tuple[Permit, ...] = ()
    ignorable: tuple[Permit, ...] = ()

    @property
    def empty(self) -> bool:
        """True when nothing is added."""
        return self == Additions()


def names_of(permits: tuple[Permit, ...]) -> tuple[str, ...]:
    """Return every name of some groups once, sorted."""
    return tuple(sorted({name for permit in permits for name in permit.names}))


def each_name(permits: tuple[Permit, ...]) -> Iterator[tuple[str, Permit]]:
    """Yield every name with the group it stands in, in the file's order."""
    for permit in permits:
        for name in permit.names:
            yield name, permit


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # the quick one where there is one
    """Refuses a key that stands twice in one mapping: of two permits only the last would count, unseen."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key.value} stands twice", key.start_mark)
            seen.add(str(key.value))
        made: dict[Any, Any] = super().construct_mapping(node, deep)
        return made


_Read = TypeVar("_Read")


def read_mapping(raw: bytes, what: str) -> dict[str, Any]:
    """Parse a YAML file whose top level is a mapping.

    Args:
        raw: the file's bytes.
        what: how a message names the file, such as ``The policy numpy``.

    Raises:
        ResourceError: it is not such a file, or a key stands twice.
    """
    try:
        value = yaml.load(raw, Loader=_Loader)  # noqa: S506 # a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f" (line {mark.line + 1})" if mark else ""
        raise ResourceError(f"{what} does not load: {error.problem}{place}.", _REMEDY) from None
    except (yaml.YAMLError, ValueError) as error:
        raise ResourceError(f"{what} does not load: {error}.", _REMEDY) from None
    if not isinstance(value, dict):
        raise ResourceError(f"{what} does not load: its top level is not a mapping.", _REMEDY)
    return value


def validated(kind: type[_Read], value: Mapping[str, Any], what: str) -> _Read:
    """Build a record; the first thing that is wrong becomes one sentence.

    Raises:
        ResourceError: a field is missing, unknown or malformed.
    """
    try:
        return build(kind, value)
    except Invalid as error:
        raise ResourceError(f"{what} does not load: {error}.", _REMEDY) from None
