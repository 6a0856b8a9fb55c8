"""What several formats share: text made harmless, and what a review comes to in numbers."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from llmdas.gate.characters import is_printable
from llmdas.review.outcome import Placed, Review
from llmdas.review.standing import unjudged


def visible(text: str, *, keep: str = "") -> str:
    """Return a text with all that is not printable escaped as in Python: it is one line and moves nothing.

    Args:
        text: from anywhere.
        keep: characters that stay as they are.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if is_printable(character) or character in keep else character.encode("unicode_escape").decode()
        for character in text
    )


# What runners of GitHub and Azure Pipelines obey in what a job prints: `::` at the beginning of a line, `##[` anywhere.
_COMMAND = re.compile(r"^\s*(:)(?=:)|(#)(?=#\w*\[)")


def inert(text: str) -> str:
    """Return a line in which nothing is a command of a CI runner: the first character of such a mark is escaped.

    Source: GitHub's "Workflow commands for GitHub Actions"; the ``##[`` form of its older runners and Azure Pipelines.
    """
    return "".join(inert_parts(text))


def inert_parts(parts: Sequence[str]) -> Iterator[str]:
    """Yield the parts of a line, each character that makes it a command escaped as in Python; see `inert`."""
    marks = {found.start(found.lastindex or 0) for found in _COMMAND.finditer("".join(parts))}
    offset = 0
    for part in parts:
        yield f"\\x{ord(part):02x}" if offset in marks else part
        offset += len(part)


def as_json(value: Any) -> str:
    """Return a value as JSON in ASCII, so that it is the same bytes in every encoding, with a newline at the end.

    Of two number signs, which only a string can hold, one is escaped, so that no runner finds a command in it.
    """
    return json.dumps(value, indent=2, allow_nan=False).replace("##", "#\\u0023") + "\n"


def new(review: Review) -> tuple[Placed, ...]:
    """Return the findings that are neither known nor waived."""
    return tuple(one for one in review.placed if one.state == "new")


def untold(review: Review) -> tuple[tuple[str, str], ...]:
    """Return path and reason of what was not judged and of which no finding tells the same."""
    told = {(one.path, one.finding.message) for one in review.placed if unjudged(one.finding.rule)}
    return tuple(pair for pair in review.unread if pair not in told)


@dataclass(frozen=True, slots=True)
class Tally:
    """A review in numbers.

    Attributes:
        files: judged files.
        touched: files with new findings.
        errors: new findings that refuse their file.
        warnings: new findings that do not.
        baseline: findings that were known before.
        waived: findings that somebody answers for.
        unread: files that could not be read or judged.
    """

    files: int
    touched: int
    errors: int
    warnings: int
    baseline: int
    waived: int
    unread: int


def tally(review: Review) -> Tally:
    """Count what a review found."""
    found = new(review)
    states = Counter(one.state for one in review.placed)
    errors = sum(one.counts for one in found)
    return Tally(
        files=len(review.files),
        touched=len({one.path for one in found}),
        errors=errors,
        warnings=len(found) - errors,
        baseline=states["baseline"],
        waived=states["waived"],
        unread=len({path for path, _ in review.unread}),
    )
