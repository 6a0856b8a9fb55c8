"""Mutants of the pattern rules: a whole rule, or one branch or condition of it, left out."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from llmdas.gate.terms import Terms

from .corpus import accepted, refused, snippets
from .runner import Mutant
from .sample import Sample

_NEVER = {"all": [{"kind": "module"}, {"kind": "pass_statement"}]}  # no node is both
# A kind beside them is not among these: it says in one word, and quickly, what the other conditions imply.
_CONDITIONS = ("not", "inside", "has", "follows", "precedes", "regex", "nthChild", "pattern", "matches")
# Conditions that another one of the same rule implies, so that no text can tell; each with the reason why it stands.
IMPLIED = {
    "DAS403 rule.any.1.all.0": "all assignments to the name must be of this form; asked first, it spares the search",
}
_Config = dict[str, Any]


def rules_taken_out(terms: Terms) -> Iterator[Mutant]:
    """Each pattern rule is removed."""
    for pattern in terms.patterns:
        rest = tuple(other for other in terms.patterns if other is not pattern)
        yield Mutant("pattern rule", pattern["id"], _samples(pattern["id"]), _with_patterns(rest))


def branches_taken_out(terms: Terms) -> Iterator[Mutant]:
    """Each branch of an `any` never matches; each condition of a rule, a `not` among them, is dropped."""
    for pattern in terms.patterns:
        for place, config in _changed(pattern["config"]):
            if f"{pattern['id']} {place}" in IMPLIED:
                continue
            changed = {**pattern, "config": config}
            patterns = tuple(changed if other is pattern else other for other in terms.patterns)
            yield Mutant(
                "pattern branch", f"{pattern['id']} {place}", _samples(pattern["id"]), _with_patterns(patterns)
            )


def _samples(rule: str) -> list[Sample]:
    """Return the rule's own tests first, then the programs that name it, then all others."""
    own = [sample for sample in snippets() if sample.expected == {rule} or not sample.expected]
    own.sort(key=lambda sample: not sample.expected)  # a rule that is gone shows at once
    programs = sorted((*refused(), *accepted()), key=lambda sample: rule not in sample.expected)
    return [*own, *programs]


def _with_patterns(patterns: tuple[Mapping[str, Any], ...]) -> Callable[[Terms], Terms]:
    return lambda terms: replace(terms, patterns=patterns)


def _changed(config: _Config) -> Iterator[tuple[str, _Config]]:
    """Yield every place of a configuration that can be left out, with what the configuration is without it."""
    for path in _places(config, ()):
        changed = copy.deepcopy(config)
        owner: Any = changed
        *outer, last = path
        for step in outer:
            owner = owner[step]
        if isinstance(owner, list) and outer[-1] == "any":
            owner[int(last)] = _NEVER
        else:
            del owner[last]
        yield ".".join(str(step) for step in path), changed


def _places(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, Mapping):
        conditions = [key for key in value if key in ("all", "any", "kind", *_CONDITIONS)]
        for key, part in value.items():
            if key in _CONDITIONS and len(conditions) > 1 and path[-1:] != ("utils",):
                yield (*path, key)
            yield from _places(part, (*path, key))
    elif isinstance(value, list):
        for position, part in enumerate(value):
            if len(value) > 1 and not (path[-1] == "all" and set(part) == {"kind"}):
                yield (*path, position)
            yield from _places(part, (*path, position))
