r"""What must stand in a text for a pattern rule to match at all, derived from the rule: so most need no search.

A rule that does not need what a text lacks is searched for as before: whatever is not understood here needs nothing.
Sound because the text of every node that ast-grep looks at is a part of the program's text, and a node of a statement's
kind begins with, or contains, that statement's keyword.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from re import _parser as parser  # type: ignore[attr-defined] # the only parser of regular expressions that Python has
from typing import Any

Condition = Callable[[str], bool]
_KEYWORDS = {
    "assert_statement": "assert", "break_statement": "break", "continue_statement": "continue",
    "delete_statement": "del", "except_clause": "except", "finally_clause": "finally", "for_in_clause": "for",
    "for_statement": "for", "function_definition": "def", "import_from_statement": "import", "raise_statement": "raise",
    "return_statement": "return", "while_statement": "while", "with_statement": "with",
}  # fmt: skip
RELATIONS = frozenset({"has", "inside", "follows", "precedes"})
_WORD = re.compile(r"(?<![$\w])[A-Za-z_]\w*")
_FOREIGN = re.compile(r"\[\[|\[:|&&|~~|--|\\[pPbBzAQEGKX<>]|\(\?[^:]|\[\^?\]")  # means something else in Rust, or may
_ABOUT_NUMBERS = re.compile(r"\^?(?:\\\()?\(?(?:[0-9]|\[[0-9])")
_ANCHOR = re.compile(r"(\\.|\[(?:\\.|[^\]\\])*\])|[\^$]")


def needed(config: Mapping[str, Any]) -> Condition:
    """Return a condition that every text fulfils in which the rule of a `find_all` configuration matches."""
    return _rule(config["rule"], config.get("utils") or {}, frozenset())


def _rule(rule: Mapping[str, Any], utils: Mapping[str, Any], seen: frozenset[str]) -> Condition:
    return _every(_part(key, value, utils, seen) for key, value in rule.items())


def _part(key: str, value: Any, utils: Mapping[str, Any], seen: frozenset[str]) -> Condition:
    if key == "kind" and value in _KEYWORDS:
        return _contains(_KEYWORDS[value])
    if key == "regex":
        return _regex(value)
    if key == "pattern" and isinstance(value, str) and not {'"', "'"} & set(value):
        return _every(_contains(word) for word in _WORD.findall(value))
    return _composed(key, value, utils, seen)


def _composed(key: str, value: Any, utils: Mapping[str, Any], seen: frozenset[str]) -> Condition:
    if key in RELATIONS:
        return _rule({name: part for name, part in value.items() if name not in ("field", "stopBy")}, utils, seen)
    if key == "matches" and value in utils and value not in seen:
        return _rule(utils[value], utils, seen | {value})
    if key == "all":
        return _every(_rule(part, utils, seen) for part in value)
    if key == "any":
        return _some(_rule(part, utils, seen) for part in value)
    return _nothing


def _nothing(text: str) -> bool:
    return True


def _contains(word: str) -> Condition:
    return lambda text: word in text


def _every(conditions: Iterable[Condition]) -> Condition:
    kept = tuple(condition for condition in conditions if condition is not _nothing)
    if len(kept) < 2:
        return kept[0] if kept else _nothing
    return lambda text: all(condition(text) for condition in kept)


def _some(conditions: Iterable[Condition]) -> Condition:
    kept = tuple(conditions)
    if _nothing in kept:
        return _nothing
    return lambda text: any(condition(text) for condition in kept)


@functools.lru_cache(maxsize=512)
def _regex(pattern: str) -> Condition:
    """Return what a text must contain for a part of it to match a regular expression of Rust's syntax."""
    if _FOREIGN.search(pattern):
        return _nothing
    try:
        parsed = parser.parse(pattern)
        return _every([_sequence(parsed), _number(pattern)])
    except (re.error, OverflowError, RecursionError):
        return _nothing


def _sequence(parts: Iterable[tuple[Any, Any]]) -> Condition:
    """Return the condition that the letters are there which no match can do without."""
    conditions, run = [], ""
    for operation, argument in (*parts, (None, None)):
        if operation is parser.LITERAL:
            run += chr(argument)
            continue
        if len(run) > 1:
            conditions.append(_contains(run))
        run = ""
        conditions.append(_operation(operation, argument))
    return _every(conditions)


def _operation(operation: Any, argument: Any) -> Condition:
    if operation is parser.SUBPATTERN:
        return _sequence(argument[-1])
    if operation is parser.BRANCH:
        return _some(_sequence(branch) for branch in argument[1])
    if operation in (parser.MAX_REPEAT, parser.MIN_REPEAT) and argument[0] > 0:
        return _sequence(argument[2])
    return _nothing


def _number(pattern: str) -> Condition:
    """For an expression about numbers, return the condition that it matches somewhere when its anchors are left out.

    Only for text that is ASCII: beyond it, Rust and Python do not agree on what a letter is.
    """
    if not _ABOUT_NUMBERS.match(pattern):
        return _nothing
    search = re.compile(_ANCHOR.sub(lambda match: match.group(1) or "", pattern)).search
    return functools.lru_cache(maxsize=1)(lambda text: not text.isascii() or search(text) is not None)
