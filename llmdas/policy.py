"""What a program may use, declared once in ``policies/policy.yaml``; everything not listed is refused.

Prompt text, gate, guest guards and docs all read this record. Each permit states its reason; one without does not load.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from llmdas.digest import sha256
from llmdas.errors import ResourceError
from llmdas.resources import resource
from llmdas_sandbox.interface import GuestPolicy


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Permit(_Record):
    """A group of names that are harmless for one stated reason.

    `of` says what kind of object attribute names belong to (``array``, ``generator``, ...); elsewhere it is empty.
    `prompt: false` keeps rarely used names out of the prompt's text; they are permitted all the same.
    """

    names: tuple[str, ...] = Field(min_length=1)
    reason: str = Field(min_length=10)
    of: str = Field(default="", pattern=r"^[a-z]*$")
    prompt: bool = True


class Module(_Record):
    """A module that may be imported, and the only attributes of it that exist for a program."""

    permits: tuple[Permit, ...] = Field(min_length=1)
    reason: str = Field(min_length=10)
    aliases: tuple[str, ...] = ()

    @property
    def attributes(self) -> tuple[str, ...]:
        """Every permitted attribute, sorted."""
        return _names(self.permits)


class SourceLimits(_Record):
    """Bounds on the source itself, checked before it is parsed."""

    max_bytes: int = Field(gt=0)
    max_line_length: int = Field(gt=0)
    max_nodes: int = Field(gt=0)
    max_depth: int = Field(gt=0)
    max_literal_bytes: int = Field(gt=0)


class Policy(_Record):
    """Deny by default: a name stands here or it does not exist for a program.

    Attributes:
        profile: name of the policy, recorded with every verdict.
        source: bounds on the source text.
        syntax: permitted `ast` node classes by name.
        builtins: permitted builtin names.
        modules: permitted modules by dotted name.
        attributes: permitted attribute and method names on any object that is not a module.
        refused_keywords: permitted-nowhere keyword argument names, such as ``allow_pickle``, each with its reason.
        digest: SHA-256 of the file.
    """

    profile: str
    source: SourceLimits
    syntax: tuple[Permit, ...]
    builtins: tuple[Permit, ...]
    modules: Mapping[str, Module]
    attributes: tuple[Permit, ...]
    refused_keywords: tuple[Permit, ...]
    digest: str

    @property
    def syntax_names(self) -> frozenset[str]:
        """Permitted syntax node classes."""
        return frozenset(_names(self.syntax))

    @property
    def builtin_names(self) -> frozenset[str]:
        """Permitted builtins."""
        return frozenset(_names(self.builtins))

    @property
    def attribute_names(self) -> frozenset[str]:
        """Permitted attribute and method names on any object but a module."""
        return frozenset(_names(self.attributes))

    def attributes_of(self, kind: str) -> frozenset[str]:
        """Permitted attribute names of one kind of object, such as ``array`` or ``generator``."""
        return frozenset(_names(tuple(permit for permit in self.attributes if permit.of == kind)))

    @property
    def refused_keyword_names(self) -> frozenset[str]:
        """Keyword argument names refused on every call."""
        return frozenset(_names(self.refused_keywords))

    def as_guest(self) -> GuestPolicy:
        """Return the part that the guards inside the sandbox enforce again."""
        return GuestPolicy(
            builtins=tuple(sorted(self.builtin_names)),
            modules={name: module.attributes for name, module in sorted(self.modules.items())},
            attributes=tuple(sorted(self.attribute_names)),
        )


def _names(permits: tuple[Permit, ...]) -> tuple[str, ...]:
    return tuple(sorted({name for permit in permits for name in permit.names}))


def load_policy(path: Path | None = None) -> Policy:
    """Read the policy that ships, or one of one's own.

    Raises:
        ResourceError: the file does not load, a field is unknown, or a permit has no reason.
    """
    path = path or resource("policies/policy.yaml")
    try:
        raw = path.read_bytes()
        return Policy.model_validate({**yaml.safe_load(raw), "digest": sha256(raw)})
    except (OSError, yaml.YAMLError, ValidationError, TypeError) as error:
        raise ResourceError(f"The policy {path.name} does not load: {error}.", "Mend or restore the file.") from error
