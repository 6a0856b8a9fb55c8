"""Collects findings: places in characters, excerpts, remedies from the catalogue, one finding per cause."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from llmdas.gate.catalogue import CATALOGUE
from llmdas.gate.characters import is_printable
from llmdas.program import Finding, Severity

MAX_EXCERPT = 120
FAR = 80  # so many characters before a fault are shown from the beginning of a line that must be cut
AT = 60  # the fault begins behind so many characters of an excerpt that is cut on its left
DOTS = "..."
MAX_TEXT = 400  # characters of a message or remedy, which may quote names and texts of the program
MAX_FINDINGS = 200
_BESIDE = "DAS408"
# Mistakes that need no mending on lines that are to be deleted anyway.
_MOOT = frozenset({"DAS204", "DAS206", "DAS207", "DAS402"})


class Report:
    """The findings on one source.

    Two findings at the same place have one cause, so the first that is added stays: checks run from the most telling to
    the most general. Leaving `finally` is a cause of its own, whatever is returned.
    """

    def __init__(self, text: str) -> None:
        self.lines = text.replace("\r\n", "\n").split("\n")
        self.idle: frozenset[int] = frozenset()  # lines that another finding asks to delete
        self.more = False  # true where a check stopped early because more places are known than are listed
        self._found: dict[tuple[int, int, str], Finding] = {}

    def add(
        self,
        rule: str,
        message: str,
        *,
        line: int = 0,
        column: int = 0,
        remedy: str = "",
        severity: Severity = "error",
    ) -> None:
        """Record one finding; line and column are 1-based, in characters, 0 for the whole source."""
        if line in self.idle and (rule in _MOOT or severity == "warning"):
            return
        remedy = _shown(remedy or CATALOGUE[rule].remedy, MAX_TEXT)
        finding = Finding(line, column, rule, _shown(message, MAX_TEXT), self.excerpt(line, column), remedy, severity)
        place = (line, column, "" if line and rule != _BESIDE else rule)
        earlier = self._found.setdefault(place, finding)
        if earlier.severity == "warning" and severity == "error":
            self._found[place] = finding

    def at(self, node: ast.AST, rule: str, message: str, *, remedy: str = "") -> None:
        """Record one error at a node."""
        line, column = self.place(node)
        self.add(rule, message, line=line, column=column, remedy=remedy)

    def place(self, node: ast.AST) -> tuple[int, int]:
        """Return 1-based line and column of a node, of the name itself for an attribute.

        `ast` counts UTF-8 bytes, people count characters.
        """
        line, offset = getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
        if not line:
            return 0, 0
        if isinstance(node, ast.Attribute) and node.end_lineno and node.end_col_offset:
            line, offset = node.end_lineno, max(node.end_col_offset - len(node.attr), 0)
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return line, len(text.encode()[:offset].decode(errors="replace")) + 1

    def indent(self, line: int) -> int:
        """Return the 1-based column of the first character on a line that is no white space; 0 for no line."""
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        return len(text) - len(text.lstrip()) + 1 if line else 0

    def excerpt(self, line: int, column: int = 0) -> str:
        """Return the source line, cut around the column, with everything that is not printable escaped.

        What stands more than `FAR` characters before a fault on a long line is cut, so that the fault begins behind
        `AT` characters of the excerpt, dots included.
        """
        return _around(self.lines[line - 1], max(column - 1, 0)) if 0 < line <= len(self.lines) else ""

    @property
    def places(self) -> int:
        """How many places are known."""
        return len(self._found)

    @property
    def full(self) -> bool:
        """True when so many places are known that a further finding is hardly ever listed."""
        return self.places >= MAX_FINDINGS

    def rules_on(self, line: int) -> set[str]:
        """Return the rules that have an error on a line."""
        return {f.rule for f in self._found.values() if f.line == line and f.severity == "error"}

    def errors(self) -> bool:
        """Tell whether any error was found."""
        return any(finding.severity == "error" for finding in self._found.values())

    def __iter__(self) -> Iterator[Finding]:
        return iter(sorted(self._found.values()))

    def findings(self) -> tuple[Finding, ...]:
        """Return all findings in source order; errors go first when there are too many to list."""
        found = sorted(self)
        if len(found) <= MAX_FINDINGS:
            return tuple(found)
        kept = sorted(found, key=lambda finding: (finding.severity != "error", finding))[:MAX_FINDINGS]
        count = f"{'at least ' if self.more else ''}{len(found) - MAX_FINDINGS}"
        message = f"{count} more findings are not listed"
        return tuple(sorted([*kept, Finding(0, 0, "DAS014", message, "", CATALOGUE["DAS014"].remedy)]))


def _around(text: str, before: int) -> str:
    whole = _shown(text, MAX_EXCERPT)
    lead = _escaped(text[max(before - AT, 0) : before])
    far = before > FAR or len(_escaped(text[:before])) > FAR
    if not far or (len(text) <= MAX_EXCERPT and len(_escaped(text)) <= MAX_EXCERPT):
        return whole
    return DOTS + lead[len(DOTS) - AT :] + _shown(text[before:], MAX_EXCERPT - AT)


def _shown(text: str, bound: int) -> str:
    """Return a text fit for a terminal, a log or a file: all printable, no more than `bound` characters."""
    if len(text) <= bound and text.isascii() and text.isprintable():
        return text
    visible = _escaped(text[: 2 * bound])
    return visible if len(visible) <= bound else visible[: bound - len(DOTS)] + DOTS


def _escaped(text: str) -> str:
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if character == "\t" or is_printable(character):
        return character
    return character.encode("unicode_escape").decode("ascii")
