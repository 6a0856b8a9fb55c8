"""All checks in order, in this process. `judge` runs this in a child with limits; nothing else should."""

from __future__ import annotations

import ast

from llmdas.gate.interface import check_interface
from llmdas.gate.names import check_names
from llmdas.gate.patterns import check_patterns
from llmdas.gate.report import Report
from llmdas.gate.restricted import check_restricted
from llmdas.gate.source import check_text, check_tokens, check_tree, decode, parse
from llmdas.gate.syntax import check_syntax
from llmdas.gate.terms import Terms
from llmdas.program import Finding


def inspect(source: bytes, terms: Terms) -> tuple[Finding, ...]:
    """Return all findings on one source, in source order; one cause gives one finding.

    May raise, hang or exhaust memory on hostile input, as any parser may.
    """
    early = Report("")
    text = decode(source, terms.limits, early)
    report = Report(source.decode("utf-8", "replace") if text is None else text)
    for finding in early:
        report.add(finding.rule, finding.message, line=finding.line, column=finding.column)
    if text is None:
        return report.findings()
    check_text(text, terms.limits, report)
    tree = parse(text, report)
    if tree is not None and check_tree(tree, terms.limits, report):
        _check_program(source, text, tree, terms, report)
    return report.findings()


def _check_program(source: bytes, text: str, tree: ast.Module, terms: Terms, report: Report) -> None:
    """Run the checks that need a tree, from the most telling to the most general."""
    check_tokens(text, tree, report)
    report.idle = check_interface(tree, terms.interface, report)
    check_syntax(tree, terms, report)
    check_names(tree, terms, report)
    check_patterns(text, terms.patterns, report)
    check_restricted(source, report)
