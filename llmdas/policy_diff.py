"""What one policy permits that another does not: names, limits, refused keywords and reasons, as one flat record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from llmdas.permits import Permit, each_name
from llmdas.policy import Policy

Kind = Literal["added", "removed", "changed", "reason", "prompt"]
# Lists in which a name more takes something away from programs, and a name less gives them something.
_REFUSING = frozenset({"refused keywords"})


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes:
        where: the list, such as ``builtins``, ``module numpy.random`` or ``attributes of array``.
        name: what stands in it.
        kind: ``added`` or ``removed``; ``changed`` for a limit; ``reason`` where only the stated reason differs;
            ``prompt`` where only differs whether a prompt lists the name.
        before: limit, reason or, of what is removed, the reason it had; empty where there is none.
        after: limit or reason now; of what is added, its reason; empty where there is none.
        loosens: programs may do more, or more findings may be ignored, than before.
    """

    where: str
    name: str
    kind: Kind
    before: str
    after: str
    loosens: bool


@dataclass(frozen=True, slots=True)
class PolicyDiff:
    """All differences between two policies, in the order of the file's lists, sorted by name within each.

    Attributes:
        before: profile (and contract, after a plus) of the first policy.
        after: the same of the second.
        digests: of both.
        changes: the differences.
    """

    before: str
    after: str
    digests: tuple[str, str]
    changes: tuple[Change, ...]

    @property
    def loosens(self) -> bool:
        """True when the second policy permits anything that the first does not."""
        return any(change.loosens for change in self.changes)

    def as_json(self) -> dict[str, Any]:
        """Return the differences as a JSON-like value."""
        return {**asdict(self), "loosens": self.loosens}


def label(policy: Policy) -> str:
    """Return a policy's profile, and after a plus the contract that it is under, if any."""
    return f"{policy.profile}+{policy.contract}" if policy.contract else policy.profile


def diff(before: Policy, after: Policy) -> PolicyDiff:
    """Compare two policies; each may be under a contract (`Policy.under`)."""
    return PolicyDiff(
        label(before), label(after), (before.digest, after.digest), (*_limits(before, after), *_names(before, after))
    )


def _limits(before: Policy, after: Policy) -> Iterator[Change]:
    old, new = asdict(before.source), asdict(after.source)
    for name in old:
        if old[name] != new[name]:
            yield Change("limits", name, "changed", str(old[name]), str(new[name]), new[name] > old[name])


def _names(before: Policy, after: Policy) -> Iterator[Change]:
    old, new = listed(before), listed(after)
    for where in (*new, *(where for where in old if where not in new)):
        yield from _in_list(where, old.get(where, {}), new.get(where, {}))


def listed(policy: Policy) -> dict[str, dict[str, tuple[str, bool]]]:
    """Return every list of a policy: where -> name -> (reason, whether a prompt lists it)."""
    lists: dict[str, dict[str, tuple[str, bool]]] = {
        "syntax": _by_name(policy.syntax),
        "builtins": _by_name(policy.builtins),
        "modules": {name: (module.reason, True) for name, module in policy.modules.items()},
        "aliases": {
            alias: (f"short for {name}", True) for name, module in policy.modules.items() for alias in module.aliases
        },
    }
    lists.update({f"module {name}": _by_name(module.permits) for name, module in policy.modules.items()})
    for permit in policy.attributes:
        lists.setdefault(f"attributes of {permit.of}", {}).update(_by_name((permit,)))
    lists["refused keywords"] = _by_name(policy.refused_keywords)
    lists["ignorable"] = {rule: (reason, True) for rule, reason in policy.ignorable.items()}
    return lists


def _by_name(permits: tuple[Permit, ...]) -> dict[str, tuple[str, bool]]:
    return {name: (permit.reason, permit.prompt) for name, permit in each_name(permits)}


def _in_list(where: str, old: Mapping[str, tuple[str, bool]], new: Mapping[str, tuple[str, bool]]) -> Iterator[Change]:
    refusing = where in _REFUSING
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            yield Change(where, name, "added", "", new[name][0], loosens=not refusing)
        elif name not in new:
            yield Change(where, name, "removed", old[name][0], "", loosens=refusing)
        else:
            if old[name][0] != new[name][0]:
                yield Change(where, name, "reason", old[name][0], new[name][0], loosens=False)
            if old[name][1] != new[name][1]:
                yield Change(where, name, "prompt", _prompt(old[name][1]), _prompt(new[name][1]), loosens=False)


def _prompt(shown: bool) -> str:
    return "listed in prompts" if shown else "not listed in prompts"
