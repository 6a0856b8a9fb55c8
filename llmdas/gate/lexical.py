"""The program's text as Python 3.11 cuts it into strings, comments, brackets and code, whatever Python runs the gate.

Later Pythons read more (quotes of the same kind within an f-string's fields, comments there, template strings) and stop
at other depths. What this scan does not follow is refused before the interpreter's own parser sees it, so the same
source gets the same verdict everywhere.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

_OPEN, _CLOSED_BY = "([{", {")": "(", "]": "[", "}": "{"}
_NEXT = re.compile(r"[\"'#()\[\]{}]")
_PREFIX = re.compile(r"(?<!\w)[RrUuBbFfTt]{1,5}\Z", re.ASCII)
_FSTRINGS = frozenset({"f", "fr", "rf"})
_TEMPLATES = frozenset({"t", "tr", "rt"})
_PREFIXES = frozenset({"", "r", "u", "b", "br", "rb"}) | _FSTRINGS | _TEMPLATES
_COMMENT = re.compile(r"#[^\r\n]*")
_REST = {
    '"': re.compile(r'[^"\\\r\n]*+(?:\\(?:\r\n|.)[^"\\\r\n]*+)*+"', re.DOTALL),
    "'": re.compile(r"[^'\\\r\n]*+(?:\\(?:\r\n|.)[^'\\\r\n]*+)*+'", re.DOTALL),
    '"""': re.compile(r'[^"\\]*+(?:(?:\\.|"(?!""))[^"\\]*+)*+"""', re.DOTALL),
    "'''": re.compile(r"[^'\\]*+(?:(?:\\.|'(?!''))[^'\\]*+)*+'''", re.DOTALL),
}
_TEXT = re.compile(r"[\\{}]")
_MASK = re.compile(r"[^\r\n]")
_LINE_END = re.compile(r"\r\n|\n")
_MAX_FIELDS = 2  # a field may hold fields in its format, those may not


class Unreadable(Exception):
    """The text cannot be followed from `offset` on; `deep` where only its depth is at fault."""

    def __init__(self, message: str, offset: int, *, deep: bool = False) -> None:
        super().__init__(message)
        self.message, self.offset, self.deep = message, offset, deep


@dataclass(slots=True)
class Scan:
    """What a scan found.

    Attributes:
        code: the text with comments and the texts of strings blanked out; same length, same lines, and fields of
            f-strings stay, for they are code.
        comments: offset and text of each comment.
        wholes: offset of start and end of what lines do not end: outermost brackets, and strings outside of them.
        templates: offsets of template strings.
    """

    code: str = ""
    comments: list[tuple[int, str]] = field(default_factory=list)
    wholes: list[tuple[int, int]] = field(default_factory=list)
    templates: list[int] = field(default_factory=list)


class Places:
    """Turns offsets into 1-based lines and columns, in characters."""

    def __init__(self, text: str) -> None:
        self.starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def at(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1


def first_line(found: Scan, line: int) -> int:
    """Return the first of the lines that Python joins into the one that `line` belongs to (reference, 2.1.5, 2.1.6)."""
    places = Places(found.code)
    joined = {joined for start, end in found.wholes for joined in range(places.at(start)[0] + 1, places.at(end)[0] + 1)}
    lines = _LINE_END.split(found.code)
    while 1 < line <= len(lines) and (line in joined or lines[line - 2].endswith("\\")):
        line -= 1
    return line


def scan(text: str, max_depth: int) -> Scan:
    """Cut a whole source.

    Raises:
        Unreadable: a string or bracket is not closed, a field of an f-string is not of Python 3.11's form, or brackets
            are nested deeper than `max_depth`.
    """
    scanner = _Scanner(text, max_depth)
    scanner.code(0, len(text))
    if scanner.open:
        bracket, offset = scanner.open[-1]
        raise Unreadable(f"`{bracket}` is never closed", offset)
    scanner.found.code = scanner.masked()
    return scanner.found


class _Scanner:
    def __init__(self, text: str, max_depth: int) -> None:
        self.text, self.max_depth = text, max_depth
        self.found = Scan()
        self.open: list[tuple[str, int]] = []
        self.hidden: list[tuple[int, int]] = []

    def masked(self) -> str:
        parts, end = [], 0
        for start, stop in sorted(self.hidden):
            parts += [self.text[end:start], _MASK.sub(" ", self.text[start:stop])]
            end = stop
        return "".join([*parts, self.text[end:]])

    def code(self, position: int, end: int, fstring: int | None = None) -> None:
        """Read code from `position` to `end`; `fstring` is where the f-string begins that it stands in."""
        while (match := _NEXT.search(self.text, position, end)) is not None:
            sign, position = match.group(), match.end()
            if sign in _OPEN:
                self._push(sign, match.start())
            elif sign in _CLOSED_BY:
                self._pop(sign, match.start())
            elif sign == "#":
                position = self._comment(match.start(), end)
            else:
                position = self._string(match.start(), end, fstring)

    def _push(self, sign: str, offset: int) -> None:
        if len(self.open) >= self.max_depth:
            raise Unreadable(f"brackets are nested more than {self.max_depth} levels deep", offset, deep=True)
        self.open.append((sign, offset))

    def _pop(self, sign: str, offset: int) -> None:
        if not self.open or self.open[-1][0] != _CLOSED_BY[sign]:
            raise Unreadable(f"`{sign}` closes no bracket", offset)
        _, start = self.open.pop()
        if not self.open:
            self.found.wholes.append((start, offset + 1))

    def _comment(self, start: int, end: int) -> int:
        match = _COMMENT.match(self.text, start, end)
        stop = match.end() if match else end
        self.found.comments.append((start, self.text[start:stop]))
        self.hidden.append((start, stop))
        return stop

    def _string(self, quote: int, end: int, fstring: int | None) -> int:
        """Read the string whose first quote stands at `quote`; return where it ends."""
        prefix = _PREFIX.search(self.text, max(quote - 5, 0), quote)
        kind = prefix.group().lower() if prefix else ""
        start = quote - len(kind)
        if kind not in _PREFIXES:
            raise Unreadable(f"`{kind}` is no prefix of a string", start if fstring is None else fstring)
        sign = self.text[quote]
        marks = sign * 3 if self.text.startswith(sign * 3, quote) and quote + 3 <= end else sign
        body = quote + len(marks)
        match = _REST[marks].match(self.text, body, end)
        if match is None:
            raise Unreadable("a string is not closed", start if fstring is None else fstring)
        stop = match.end() - len(marks)
        if kind in _TEMPLATES:
            self.found.templates.append(start)
        if not self.open and fstring is None:
            self.found.wholes.append((start, match.end()))
        if kind in _FSTRINGS:
            outermost = start if fstring is None else fstring
            if self._texts(body, stop, outermost, raw="r" in kind, level=0) < stop:
                raise Unreadable("a single `}` stands in an f-string", outermost)
        else:
            self.hidden.append((body, stop))
        return match.end()

    def _texts(self, position: int, end: int, fstring: int, *, raw: bool, level: int) -> int:
        """Read texts and fields in turn up to `end`, in a format (`level` above 0) up to its `}`; return where."""
        while position < end:
            start = position
            position = self._text(position, end, raw=raw, doubled=level == 0)
            self.hidden.append((start, position))
            if position >= end or self.text[position] == "}":
                break
            position = self._field(position, end, fstring, raw=raw, level=level)
        return position

    def _text(self, position: int, end: int, *, raw: bool, doubled: bool) -> int:
        """Return where the next single brace stands, or `end`."""
        text = self.text
        while (match := _TEXT.search(text, position, end)) is not None:
            sign, position = match.group(), match.start()
            if sign != "\\":
                if not (doubled and text.startswith(sign * 2, position, end)):
                    return position
                position += 2
            elif not raw and text.startswith("N{", position + 1, end):
                closing = text.find("}", position, end)
                position = end if closing < 0 else closing + 1
            else:  # a brace behind a backslash is still a brace
                position += 1 if raw or text[position + 1] in "{}" else 2
        return end

    def _field(self, brace: int, end: int, fstring: int, *, raw: bool, level: int) -> int:
        """Read one field whose `{` stands at `brace`; return the offset behind its `}`."""
        if level >= _MAX_FIELDS:
            raise Unreadable("fields of an f-string are nested more than two levels deep", fstring)
        text, stop = self.text, self._expression(brace + 1, end, fstring)
        if not text[brace + 1 : stop].strip():
            raise Unreadable("a field of an f-string is empty", fstring)
        self._push("{", brace)
        self.code(brace + 1, stop, fstring)
        self.open.pop()
        if text.startswith("=", stop, end):
            stop += 1
            while stop < end and text[stop].isspace():
                stop += 1
        if text.startswith("!", stop, end):
            if text[stop + 1 : min(stop + 2, end)] not in tuple("sra"):
                raise Unreadable("a field of an f-string has an unknown conversion", fstring)
            stop += 2
        if text.startswith(":", stop, end):
            stop = self._texts(stop + 1, end, fstring, raw=raw, level=level + 1)
        if not text.startswith("}", stop, end):
            raise Unreadable("a field of an f-string does not end where its string does", fstring)
        return stop + 1

    def _expression(self, position: int, end: int, fstring: int) -> int:
        """Return where the expression of a field ends, by the rules of Python 3.11."""
        text, depth = self.text, 0
        while position < end:
            sign = text[position]
            if sign == "\\":
                raise Unreadable("a field of an f-string contains a backslash", fstring)
            if sign in "'\"":
                position = self._within(position, end, fstring)
                continue
            if sign == "#":
                raise Unreadable("a field of an f-string contains `#`", fstring)
            if sign in _OPEN:
                depth += 1
            elif depth == 0 and sign in "!=<>" and text.startswith("=", position + 1, end):
                position += 1
            elif depth == 0 and sign in "!:}=":
                return position
            elif sign in _CLOSED_BY:
                depth -= 1
                if depth < 0:
                    raise Unreadable(f"`{sign}` closes no bracket in a field of an f-string", fstring)
            position += 1
        raise Unreadable("a field of an f-string does not end where its string does", fstring)

    def _within(self, quote: int, end: int, fstring: int) -> int:
        """Return the offset behind a string within a field."""
        sign = self.text[quote]
        marks = sign * 3 if self.text.startswith(sign * 3, quote, end) else sign
        stop = self.text.find(marks, quote + len(marks), end)
        if stop < 0:
            raise Unreadable("a string in a field of an f-string is not closed", fstring)
        if "\\" in self.text[quote:stop]:
            raise Unreadable("a field of an f-string contains a backslash", fstring)
        return stop + len(marks)
