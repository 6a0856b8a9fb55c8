"""Collects findings: places in characters, excerpts, remedies from the catalogue, one finding per cause."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from llmdas.gate.catalogue import CATALOGUE
from llmdas.program import Finding, Severity

MAX_EXCERPT = 120
MAX_FINDINGS = 200
# Mistakes that need no mending on lines that are to be deleted anyway.
_MOOT = frozenset({"DAS204", "DAS206", "DAS207", "DAS402"})


class Report:
    """The findings on one source.

    Two findings at the same place have one cause, so the first that is added stays: checks run from the most telling to
    the most general.
    """

    def __init__(self, text: str) -> None:
        self.lines = text.replace("\r\n", "\n").split("\n")
        self.idle: frozenset[int] = frozenset()  # lines that another finding asks to delete
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
        remedy = remedy or CATALOGUE[rule].remedy
        finding = Finding(line, column, rule, message, self.excerpt(line), remedy, severity)
        place = (line, column, "" if line else rule)
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

    def excerpt(self, line: int) -> str:
        """Return the source line, shortened, with everything that is not printable escaped."""
        if not 0 < line <= len(self.lines):
            return ""
        text = "".join(_visible(character) for character in self.lines[line - 1][: 2 * MAX_EXCERPT])
        return text if len(text) <= MAX_EXCERPT else text[: MAX_EXCERPT - 3] + "..."

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
        message = f"{len(found) - MAX_FINDINGS} more findings are not listed"
        return tuple(sorted([*kept, Finding(0, 0, "DAS014", message, "", CATALOGUE["DAS014"].remedy)]))


def _visible(character: str) -> str:
    if character == "\t" or character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")
