"""Runs the pattern rules with ast-grep's own engine, through its API, so that no comment silences them.

ast-grep compiles a rule, its regular expressions above all, for every search, which takes longer than the search. So
alternatives of rules whose words a text lacks are left out, the others are searched for all at once, and one by one
only where that finds something. What is found is the same.

Relations that look through a whole function cost its length for every node they are asked about. So in a long text a
rule is searched for without them first, and then each node that this finds is looked at as a whole, until more are
known than a report lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ast_grep_py import SgNode, SgRoot

from llmdas.gate.needed import RELATIONS, Condition, needed
from llmdas.gate.report import MAX_FINDINGS, Report
from llmdas.program import Severity

LONG = 8192  # characters; in a shorter text no search takes long

# Parts of a regular expression: an escape, a class without another one in it, anything else; no flags.
_PART = re.compile(r"\\.|\[\^?(?:\\.|[^\[\]\\])+\]|(?!\(\?[^:])[^\[\]\\]", re.DOTALL)
# Rust's own classes know all of Unicode, which makes them slow to compile; in ASCII text these match the same.
_ASCII = {
    r"\w": "[0-9A-Za-z_]",
    r"\W": r"[\x00-/:-@\[-\^`{-\x7f]",
    r"\d": "[0-9]",
    r"\D": r"[\x00-/:-\x7f]",
    r"\s": r"[\t-\r ]",
    r"\S": r"[\x00-\x08\x0e-\x1f!-\x7f]",
    ".": r"[\x00-\t\x0b-\x7f]",
}


@dataclass(frozen=True, slots=True)
class _Search:
    """One alternative of a rule: what a text must fulfil, and what to search for; in ASCII text `plain`.

    `local` finds every node that `config` does and more; None where the alternative has no part that is quick.
    """

    pattern: Mapping[str, Any]
    needed: Condition
    config: Any
    plain: Any
    local: Any


def check_patterns(text: str, patterns: tuple[Mapping[str, Any], ...], report: Report) -> None:
    """Report every match, of one rule in a long text hardly more places than a report lists.

    The text must have been parsed before: ast-grep forgives broken code.
    """
    possible = [search for search in _prepared(patterns) if search.needed(text)]
    if not possible:
        return
    root = SgRoot(text, "python").root()
    configs = [search.plain if text.isascii() else search.config for search in possible]
    if len(configs) > 1 and _finds_nothing(root, configs):
        return
    for search, config in zip(possible, configs, strict=True):
        pattern = search.pattern
        severity: Severity = "warning" if pattern["severity"] == "warning" else "error"
        known = report.places
        for match in _matches(root, search.local if len(text) > LONG else None, config):
            start = match.range().start
            report.add(
                pattern["id"],
                pattern["message"],
                line=start.line + 1,
                column=start.column + 1,
                remedy=pattern["remedy"],
                severity=severity,
            )
            if len(text) > LONG and report.places - known > MAX_FINDINGS:
                report.more = True
                break


def _matches(root: SgNode, local: Any, config: Any) -> Iterator[SgNode]:
    """Yield all matches in source order; with `local` each is looked for when it is asked for."""
    if local is None:
        yield from root.find_all(config)
        return
    for node in root.find_all(local):
        match = node.find(config)  # looks at the node itself first, then at those inside, which have their own turn
        if match is not None and match.kind() == node.kind() and match.range() == node.range():
            yield node


def _finds_nothing(root: SgNode, configs: list[Any]) -> bool:
    """Tell whether one search for all of them finds nothing; each has names of its own for its utilities."""
    if any("constraints" in config for config in configs):
        return False
    utils = {name: rule for config in configs for name, rule in config.get("utils", {}).items()}
    return root.find({"rule": {"any": [config["rule"] for config in configs]}, "utils": utils}) is None


_latest: list[tuple[tuple[Mapping[str, Any], ...], list[_Search]]] = []


def _prepared(patterns: tuple[Mapping[str, Any], ...]) -> list[_Search]:
    """Prepare the rules; the latest are kept, for they are the same for many texts."""
    if not _latest or _latest[0][0] is not patterns:
        _latest[:] = [(patterns, [search for pattern in patterns for search in _searches(pattern)])]
    return _latest[0][1]


def _searches(pattern: Mapping[str, Any]) -> Iterator[_Search]:
    config = _with_own_names(pattern["config"], f"{pattern['id']}-")
    rule = config["rule"]
    for part in rule.get("any", [{}]):
        alternative = {**config, "rule": {**rule, "any": [part]} if part else rule}
        used = _used(alternative["rule"], config.get("utils", {}))
        alternative["utils"] = {name: config["utils"][name] for name in sorted(used)}
        local = _local(alternative["rule"])
        searched = {"rule": local, "utils": alternative["utils"]} if local else None
        yield _Search(pattern, needed(alternative), alternative, _in_ascii(alternative), searched)


def _local(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is left of a rule without negations and without relations that end nowhere: it matches no less."""
    parts: dict[str, Any] = {}
    for key, value in rule.items():
        if key in ("all", "any"):
            inner = [_local(part) for part in value]
            if any(inner) and (key == "all" or all(inner)):
                parts[key] = [part for part in inner if part]
        elif key != "not" and not (key in RELATIONS and "stopBy" in value):
            parts[key] = value
    return parts


def _used(value: Any, utils: Mapping[str, Any], key: str = "") -> frozenset[str]:
    """Return the names of the utilities that a part of a rule uses, those that they use included."""
    if isinstance(value, Mapping):
        return frozenset[str]().union(*(_used(part, utils, name) for name, part in value.items()))
    if isinstance(value, list):
        return frozenset[str]().union(*(_used(part, utils) for part in value))
    if key != "matches" or value not in utils:
        return frozenset()
    others = {name: rule for name, rule in utils.items() if name != value}  # one may use itself
    return _used(utils[value], others) | {value}


def _with_own_names(value: Any, prefix: str, key: str = "") -> Any:
    """Return a copy of a configuration in which the names of utilities begin with a prefix."""
    if isinstance(value, Mapping):
        return {prefix + name if key == "utils" else name: _with_own_names(value[name], prefix, name) for name in value}
    if isinstance(value, list | tuple):
        return [_with_own_names(part, prefix) for part in value]
    return prefix + value if key == "matches" else value


def _in_ascii(value: Any, key: str = "") -> Any:
    """Return a copy of a configuration whose regular expressions know ASCII letters and digits only."""
    if isinstance(value, Mapping):
        return {name: _in_ascii(part, name) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_in_ascii(part) for part in value]
    return _expression_in_ascii(value) if key == "regex" and isinstance(value, str) else value


def _expression_in_ascii(expression: str) -> str:
    parts = _PART.findall(expression)
    if "".join(parts) != expression:
        return expression
    classes = (rf"[\x00-\x7f&&{part}]" if part.startswith("[^") else part for part in parts)
    return "".join(_ASCII.get(part, part) for part in classes)
