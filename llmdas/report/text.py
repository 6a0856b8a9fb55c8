"""Untrusted text made safe to look at: what cannot be seen, or reorders what can, is shown as an escape."""

from __future__ import annotations

import io
import itertools
import keyword
import math
import re
import tokenize
import unicodedata

from markupsafe import Markup, escape

# Cc control, Cf format (bidi marks, zero width, tags), Cs surrogate, Co private, Cn unassigned, Zl and Zp separators.
_UNSEEN_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
# Letters and marks by category that draw nothing: Hangul fillers, Khmer inherent vowels, variation selectors.
_UNSEEN = frozenset("\u115f\u1160\u17b4\u17b5\u3164\uffa0\u034f") | frozenset(map(chr, range(0xFE00, 0xFE10)))
_PLAIN = re.compile(r"[\n\t\x20-\x7e]*")

MAX_COLOURED = 65_536
"""Longest source, in characters, that is coloured; the gate refuses longer programs anyway."""

_Span = tuple[int, int, str]


def _is_unseen(char: str) -> bool:
    if char in "\n\t":
        return False
    return unicodedata.category(char) in _UNSEEN_CATEGORIES or char in _UNSEEN


def _escaped(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def visible(text: str) -> str:
    """Return the text with every unseen character written as a Python escape; newline and tab stay.

    Control and bidi characters let a program read differently than it runs (CVE-2021-42574, "Trojan Source"), so no
    reader of the report may meet one raw. A carriage return before a newline is dropped.
    """
    text = text.replace("\r\n", "\n")
    if _PLAIN.fullmatch(text):
        return text
    return "".join(_escaped(char) if _is_unseen(char) else char for char in text)


def marked(text: str) -> Markup:
    """Return the text as HTML, like `visible`, with each escape in a ``span`` so that it differs from typed ones."""
    text = text.replace("\r\n", "\n")
    if _PLAIN.fullmatch(text):
        return escape(text)
    runs = ((unseen, "".join(run)) for unseen, run in itertools.groupby(text, key=_is_unseen))
    return Markup("").join(
        Markup('<span class="unseen">{}</span>').format("".join(map(_escaped, run))) if unseen else escape(run)
        for unseen, run in runs
    )


def source_lines(source: str) -> list[Markup]:
    """Return the lines of a Python source as HTML, lightly coloured where it can be read as Python.

    Only a newline ends a line, as in Python's own count after a bare carriage return was escaped. The text is the same
    with and without colour: colour only puts ``span`` elements around slices of it.
    """
    lines = source.replace("\r\n", "\n").split("\n")
    if lines[-1] == "" and len(lines) > 1:
        lines.pop()
    spans = _spans(source) if len(source) <= MAX_COLOURED else {}
    return [_coloured(line, spans.get(number, [])) for number, line in enumerate(lines, start=1)]


def _coloured(line: str, spans: list[_Span]) -> Markup:
    parts, at = [], 0
    for start, end, kind in spans:
        if start < at or start >= len(line):
            continue
        parts.append(marked(line[at:start]))
        parts.append(Markup('<span class="{}">{}</span>').format(kind, marked(line[start:end])))
        at = min(end, len(line))
    return Markup("").join([*parts, marked(line[at:])])


def _spans(source: str) -> dict[int, list[_Span]]:
    """Return line number -> slices with a colour; as far as the source can be read, so {} for what is not Python."""
    spans: dict[int, list[_Span]] = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            kind = _kind(token)
            (first, start), (last, end) = token.start, token.end
            for number in range(first, last + 1) if kind else ():
                stop = end if number == last else MAX_COLOURED
                spans.setdefault(number, []).append((start if number == first else 0, stop, kind))
    except (tokenize.TokenError, SyntaxError, ValueError):
        return spans
    return spans


def _kind(token: tokenize.TokenInfo) -> str:
    if token.type == tokenize.COMMENT:
        return "tok-c"
    # f-strings are one token up to Python 3.11 and several from 3.12 on.
    if token.type == tokenize.STRING or tokenize.tok_name[token.type].startswith("FSTRING"):
        return "tok-s"
    if token.type == tokenize.NUMBER:
        return "tok-n"
    return "tok-k" if token.type == tokenize.NAME and keyword.iskeyword(token.string) else ""


def plural(count: int, one: str, many: str = "") -> str:
    """Return such as ``1 row`` or ``5,000 rows``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def number(value: float, *, signed: bool = False) -> str:
    """Return a figure with three decimals and a true minus sign, or ``not defined`` for NaN and infinities."""
    if not math.isfinite(value):
        return "not defined"
    shown = f"{value:+.3f}" if signed else f"{value:.3f}"
    if float(shown) == 0.0:
        return "0.000"
    return shown.replace("-", "\u2212")
