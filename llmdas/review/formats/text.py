"""For people: each finding with its line, a caret and a remedy; one sentence of numbers at the end."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

from llmdas.gate.report import AT, DOTS, FAR, MAX_EXCERPT
from llmdas.program import Finding
from llmdas.review.formats.common import inert, inert_parts, new, tally, untold, visible
from llmdas.review.outcome import Placed, Review

_Paint = Callable[[str, str], str]

_BOLD, _RED, _YELLOW, _DIM = "1", "1;31", "1;33", "2"
_INDENT = "    "
_ESCAPE = re.compile(r"\\(?:r|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})|.", re.DOTALL)
_HIDDEN = frozenset({"DAS004", "DAS005"})  # on their lines, what looks like an escape is a character that was escaped


def text(review: Review, *, color: bool = False) -> str:
    """Return a review for people.

    Known findings are only counted; of a waived one the place and the reason are shown.

    Args:
        review: the review.
        color: mark what is important with the colours of ANSI terminals (ECMA-48, SGR).
    """
    paint = _colored if color else _plain
    hidden = {(one.path, one.finding.line) for one in review.placed if one.finding.rule in _HIDDEN}
    blocks = [_block(one, (one.path, one.finding.line) in hidden, paint) for one in new(review)]
    lines = [_waived(one, paint) for one in review.placed if one.state == "waived"]
    lines += [f"{paint(_shown(path), _BOLD)}: not judged: {_shown(why)}" for path, why in untold(review)]
    if lines:
        blocks.append("\n".join(lines))
    return "\n\n".join([*blocks, summary(review)]) + "\n"


def summary(review: Review) -> str:
    """Return the numbers of a review as one line, such as ``3 findings (2 errors, 1 warning) in 1 of 4 files``."""
    count = tally(review)
    found = count.errors + count.warnings
    if found:
        kinds = [_number(n, word) for n, word in ((count.errors, "error"), (count.warnings, "warning")) if n]
        fewer = count.touched < count.files  # a waiver file has findings of its own without being judged
        where = f"{count.touched} of {_number(count.files, 'file')}" if fewer else _number(count.touched, "file")
        parts = [f"{_number(found, 'finding')} ({', '.join(kinds)}) in {where}"]
    else:
        parts = [f"no findings in {_number(count.files, 'file')}"]
    if count.waived:
        parts.append(f"{count.waived} waived")
    if count.baseline:
        parts.append(f"{count.baseline} known from the baseline")
    if count.unread:
        parts.append(f"{_number(count.unread, 'file')} could not be judged")
    return "; ".join(parts)


def _number(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _plain(words: str, code: str) -> str:
    return words


def _colored(words: str, code: str) -> str:
    return f"\x1b[{code}m{words}\x1b[0m"


def _shown(text: str) -> str:
    return inert(visible(text))


def _block(one: Placed, hidden: bool, paint: _Paint) -> str:
    finding = one.finding
    grave = finding.severity == "error"
    kind = finding.rule if grave else f"{finding.rule} warning:"
    lines = [f"{_place(one, paint)} {paint(kind, _RED if grave else _YELLOW)} {_shown(finding.message)}"]
    lines += _pointed(finding, hidden, paint)
    if finding.remedy:
        lines.append(f"{_INDENT}{paint('help:', _DIM)} {_shown(finding.remedy)}")
    return "\n".join(lines)


def _waived(one: Placed, paint: _Paint) -> str:
    return f"{_place(one, paint)} {one.finding.rule} waived: {_shown(one.justification)}"


def _place(one: Placed, paint: _Paint) -> str:
    finding = one.finding
    numbers = [number for number in (finding.line, finding.column) if number] if finding.line else []
    return "".join([paint(_shown(one.path), _BOLD), *(f":{number}" for number in numbers), ":"])


def _pointed(finding: Finding, hidden: bool, paint: _Paint) -> Iterator[str]:
    """Yield the line at fault and a caret under its column, both without needless indentation."""
    excerpt = visible(finding.excerpt, keep="\t").rstrip()
    if not excerpt:
        return
    before = max(finding.column - 1, 0)
    first = min(len(excerpt) - len(excerpt.lstrip(" \t")), before)
    late = excerpt.startswith(DOTS) and (hidden or before > FAR)  # cut on its left, so the fault begins at `AT`
    shown = list(inert_parts(_ESCAPE.findall(excerpt) if hidden and not late else list(excerpt)))
    yield _INDENT + "".join(shown[first:])
    if finding.column:
        before = AT if late else before
        cut = len(finding.excerpt) == MAX_EXCERPT and excerpt.endswith(DOTS)
        last = len(shown) - len(DOTS) if cut else len(shown)
        # Tabs stay tabs, so that both lines jump alike whatever the width of a tab is.
        gap = "".join("\t" if part == "\t" else " " * _width(part) for part in shown[first : min(before, last)])
        yield _INDENT + gap + paint("^", _RED)


def _width(part: str) -> int:
    """Return how many columns of a terminal a text takes (Unicode Standard Annex 11)."""
    return sum(
        0 if unicodedata.category(character) in ("Mn", "Me") else 1 + (unicodedata.east_asian_width(character) in "WF")
        for character in part
    )
