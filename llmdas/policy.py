"""What a program may use, declared in ``policies/``; everything not listed is refused.

Prompt text, gate, guest guards and docs all read this record. Each permit states its reason; one without does not load.
``policies/policy.yaml`` is the profile `numpy`; each file in ``policies/profiles`` extends another and only adds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

from llmdas.digest import digest_of, sha256
from llmdas.errors import ResourceError
from llmdas.permits import AddedModule, Additions, Module, Permit, each_name, names_of, read_mapping, validated
from llmdas.records import above
from llmdas.resources import resource

if TYPE_CHECKING:
    from llmdas_sandbox.interface import GuestPolicy

__all__ = [
    "Module",
    "Permit",
    "Policy",
    "SourceLimits",
    "is_policy_file",
    "load_policy",
    "policy_named",
    "profile_names",
]

DEFAULT = "numpy"
_IGNORABLE = r"DAS[45]\d\d"  # only pattern rules can be warnings; the gate's own checks are never style


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLimits:
    """Bounds on the source itself, checked before it is parsed."""

    max_bytes: Annotated[int, above(0)]
    max_line_length: Annotated[int, above(0)]
    max_nodes: Annotated[int, above(0)]
    max_depth: Annotated[int, above(0)]
    max_literal_bytes: Annotated[int, above(0)]


class Adding(Protocol):
    """What a policy can be put under: a contract, which may permit more."""

    @property
    def id(self) -> str:
        """Name and version, such as ``das/paper``."""

    @property
    def digest(self) -> str:
        """SHA-256 of its file."""

    @property
    def permits(self) -> Additions:
        """What it permits beyond the policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lists:
    """What a policy file that stands alone and the policy that is read from it have in common."""

    profile: str
    source: SourceLimits
    syntax: tuple[Permit, ...]
    builtins: tuple[Permit, ...]
    modules: Mapping[str, Module]
    attributes: tuple[Permit, ...]
    refused_keywords: tuple[Permit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(_Lists):
    """Deny by default: a name stands here or it does not exist for a program.

    Attributes:
        profile: name of the policy, recorded with every verdict.
        source: bounds on the source text.
        syntax: permitted `ast` node classes by name.
        builtins: permitted builtin names.
        modules: permitted modules by dotted name.
        attributes: permitted attribute and method names; by name, on any object that is not a module.
        refused_keywords: permitted-nowhere keyword argument names, such as ``allow_pickle``, each with its reason.
        ignorable: rule -> why a review may be told not to report it; such rules are warnings about style.
        digest: SHA-256 of the file; of a profile that extends another, digest over its file and its parent's digest.
        extends: the profiles that this one adds to, the nearest first.
        contract: id of the contract whose additions are in it, or empty; see `under`.
    """

    ignorable: Mapping[str, str]
    digest: str
    extends: tuple[str, ...] = ()
    contract: str = ""

    @property
    def syntax_names(self) -> frozenset[str]:
        """Permitted syntax node classes."""
        return frozenset(names_of(self.syntax))

    @property
    def builtin_names(self) -> frozenset[str]:
        """Permitted builtins."""
        return frozenset(names_of(self.builtins))

    @property
    def attribute_names(self) -> frozenset[str]:
        """Permitted attribute and method names on any object but a module."""
        return frozenset(names_of(self.attributes))

    def attributes_of(self, kind: str) -> frozenset[str]:
        """Permitted attribute names of one kind of object, such as ``array`` or ``generator``."""
        return frozenset(names_of(tuple(permit for permit in self.attributes if permit.of == kind)))

    @property
    def refused_keyword_names(self) -> frozenset[str]:
        """Keyword argument names refused on every call."""
        return frozenset(names_of(self.refused_keywords))

    def as_guest(self) -> GuestPolicy:
        """Return the part that the guards inside the sandbox enforce again; put the policy under its contract first."""
        from llmdas_sandbox.interface import GuestPolicy  # here, because it needs numpy and a review does not

        return GuestPolicy(
            builtins=tuple(sorted(self.builtin_names)),
            modules={name: module.attributes for name, module in sorted(self.modules.items())},
            attributes=tuple(sorted(self.attribute_names)),
        )

    def under(self, contract: Adding) -> Policy:
        """Return this policy with what a contract permits beyond it; itself when that is nothing.

        Raises:
            ResourceError: the contract permits what is permitted already, or the policy is under another contract.
        """
        if self.contract == contract.id or contract.permits.empty:
            return self
        if self.contract:
            raise ResourceError(f"The policy is under the contract {self.contract} and was put under {contract.id}.")
        digest = digest_of({"policy": self.digest, "contract": contract.digest})
        added = _with(self, contract.permits, f"The contract {contract.id}")
        return replace(added, contract=contract.id, digest=digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Whole(_Lists):
    """A policy file that stands alone."""

    ignorable: tuple[Permit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Profile(Additions):
    """A policy file that extends another."""

    profile: str
    extends: str


def load_policy(profile: str = DEFAULT, path: Path | None = None) -> Policy:
    """Read a profile that ships, or a policy file of one's own.

    Args:
        profile: ``numpy`` or the name of a file in ``policies/profiles``.
        path: a policy file of one's own, whole or one with ``extends``; `profile` is not looked at then.

    Raises:
        ResourceError: there is no such profile; a file does not load, a field is unknown, a permit has no reason; or a
            profile extends itself, permits what is permitted already, or would change what it extends.
    """
    return _load(path or _shipped(profile), ())


def is_policy_file(name: str) -> bool:
    """Tell whether a name is the path of a policy file: it has a slash or ends in ``.yaml`` or ``.yml``."""
    return "/" in name or name.endswith((".yaml", ".yml"))


def policy_named(name: str) -> Policy:
    """Load the policy of a profile's name or of a policy file's path.

    Raises:
        ResourceError: there is no such profile or file, or it does not load.
    """
    return load_policy(path=Path(name)) if is_policy_file(name) else load_policy(name)


def profile_names() -> tuple[str, ...]:
    """Return the names of the profiles that ship, the default first."""
    return (DEFAULT, *sorted(file.stem for file in resource("policies/profiles").glob("*.yaml")))


def _shipped(profile: str) -> Path:
    names = profile_names()
    if profile not in names:
        raise ResourceError(f"There is no policy profile {profile!r}.", f"Use {', '.join(names[:-1])} or {names[-1]}.")
    return resource("policies/policy.yaml" if profile == DEFAULT else f"policies/profiles/{profile}.yaml")


def _load(path: Path, below: tuple[Path, ...]) -> Policy:
    """Read a file and what it extends; `below` are the files whose chain of `extends` led here."""
    what = f"The policy {path.name}"
    if path.resolve() in below:
        raise ResourceError(f"{what} extends itself.", "Let it extend a profile that stands alone in the end.")
    try:
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise ResourceError(f"{what} cannot be read: {why}.", "Name a profile or a policy file.") from None
    value = read_mapping(raw, what)
    if "extends" not in value:
        return _standing(validated(_Whole, value, what), raw, what)
    changed = sorted(_names(_Whole) & value.keys() - _names(_Profile))
    if changed:
        raise ResourceError(
            f"{what} would change {', '.join(changed)} of the profile that it extends.",
            "A profile only adds; write a policy file that stands alone to change what is there.",
        )
    own = validated(_Profile, value, what)
    parent = _load(_parent(own.extends, path), (*below, path.resolve()))
    return replace(
        _with(parent, own, what),
        profile=own.profile,
        digest=digest_of({"profile": sha256(raw), "extends": parent.digest}),
        extends=(parent.profile, *parent.extends),
    )


def _parent(name: str, path: Path) -> Path:
    """Return the file that `extends` names: a profile that ships, or a file beside the one that says so."""
    return path.parent / name if is_policy_file(name) else _shipped(name)


def _standing(file: _Whole, raw: bytes, what: str) -> Policy:
    empty = Policy(
        profile=file.profile,
        source=file.source,
        syntax=(),
        builtins=(),
        modules={},
        attributes=(),
        refused_keywords=(),
        ignorable={},
        digest=sha256(raw),
    )
    modules = {
        name: AddedModule(permits=module.permits, reason=module.reason, aliases=module.aliases)
        for name, module in file.modules.items()
    }
    lists = {name: getattr(file, name) for name in _names(Additions) - {"modules"}}
    return _with(empty, Additions(modules=modules, **lists), what)


def _names(kind: type[Additions | _Whole]) -> frozenset[str]:
    return frozenset(field.name for field in fields(kind))


def _with(policy: Policy, added: Additions, what: str) -> Policy:
    """Return a policy with additions; whatever stands in it already is a mistake in what is added."""
    lists: dict[str, Any] = {
        name: _joined(getattr(policy, name), getattr(added, name), what, name.replace("_", " "))
        for name in ("syntax", "builtins", "attributes", "refused_keywords")
    }
    modules = dict(policy.modules)
    for name, module in added.modules.items():
        modules[name] = _joined_module(modules.get(name), module, what, name)
    _check_aliases(modules, what)
    ignorable = _ignorable(policy.ignorable, added.ignorable, what)
    return replace(policy, **lists, modules=modules, ignorable=ignorable)


def _joined(there: tuple[Permit, ...], added: tuple[Permit, ...], what: str, where: str) -> tuple[Permit, ...]:
    """Return both; attributes need a kind, other names have none, and no name may stand in a list twice."""
    kinds = {name: permit.of for name, permit in each_name(there)}
    for name, permit in each_name(added):
        if bool(permit.of) != (where == "attributes"):
            rule = (
                "an attribute needs `of`, the kind of object" if where == "attributes" else "only attributes have `of`"
            )
            raise ResourceError(f"{what} lists {name} under {where} wrongly: {rule}.", "Mend the file.")
        if name in kinds:
            of = f" (of {kinds[name]} and of {permit.of})" if kinds[name] != permit.of else ""
            raise ResourceError(
                f"{what} lists {name} under {where}, where it stands already{of}.",
                "Names are permitted once, attributes by name on any object: delete one of the two.",
            )
        kinds[name] = permit.of
    return (*there, *added)


def _joined_module(there: Module | None, added: AddedModule, what: str, name: str) -> Module:
    if there is None and added.reason is None:
        raise ResourceError(f"{what} permits the module {name} without a reason.", "Give it one.")
    if there is not None and (added.reason is not None or added.aliases):
        raise ResourceError(
            f"{what} would change reason or aliases of the module {name}, which is permitted already.",
            "Give `permits` alone; a profile only adds.",
        )
    permits = _joined(there.permits if there else (), added.permits, what, f"the module {name}")
    if there is not None:
        return replace(there, permits=permits)
    return Module(permits=permits, reason=added.reason or "", aliases=added.aliases)


def _check_aliases(modules: Mapping[str, Module], what: str) -> None:
    owners: dict[str, str] = {}
    for name, module in modules.items():
        for alias in module.aliases:
            if owners.setdefault(alias, name) != name:
                raise ResourceError(f"{what} gives the alias {alias} to {owners[alias]} and to {name}.", "Keep one.")


def _ignorable(there: Mapping[str, str], added: tuple[Permit, ...], what: str) -> dict[str, str]:
    joined = dict(there)
    for rule, permit in each_name(added):
        if not re.fullmatch(_IGNORABLE, rule):
            raise ResourceError(f"{what} lists {rule} under ignorable.", "Only rules of the groups 4xx and 5xx can be.")
        if rule in joined:
            raise ResourceError(f"{what} lists {rule} under ignorable, where it stands already.", "Delete one.")
        joined[rule] = permit.reason
    return joined
