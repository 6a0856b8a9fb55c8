"""Runs the pattern rules with ast-grep's own engine, through its API, so that no comment silences them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llmdas.gate.report import Report
from llmdas.program import Severity


def check_patterns(text: str, patterns: tuple[Mapping[str, Any], ...], report: Report) -> None:
    """Report every match. The text must have been parsed before: ast-grep forgives broken code."""
    from ast_grep_py import SgRoot

    root = SgRoot(text, "python").root()
    for pattern in patterns:
        severity: Severity = "warning" if pattern["severity"] == "warning" else "error"
        for match in root.find_all(pattern["config"]):
            start = match.range().start
            report.add(
                pattern["id"],
                pattern["message"],
                line=start.line + 1,
                column=start.column + 1,
                remedy=pattern["remedy"],
                severity=severity,
            )
