"""All checks in order, in this process. `judge` runs this in a child with limits; nothing else should."""

from __future__ import annotations

from llmdas.gate.interface import check_interface
from llmdas.gate.names import check_names
from llmdas.gate.patterns import check_patterns
from llmdas.gate.plain import is_plain
from llmdas.gate.portable import check_lexical, check_portable
from llmdas.gate.report import Report
from llmdas.gate.restricted import check_restricted
from llmdas.gate.source import check_commented, check_text, check_tokens, check_tree, decode, parse
from llmdas.gate.syntax import check_syntax
from llmdas.gate.terms import Terms
from llmdas.gate.tree import Tree
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
    followed = check_text(text, terms.limits, report)
    if not followed:  # a rule that no baseline or waiver sets aside says that the rest was not looked at
        report.add("DAS010", "nothing after a bare carriage return was judged")
    found = check_lexical(text, terms.limits, report) if followed else None
    if found is not None:
        check_commented(text, found, terms.limits, report)
    module = parse(text, found, report) if found is not None else None
    if found is None or module is None:
        return report.findings()
    tree = Tree(module)
    if check_tree(tree, terms.limits, report) and check_portable(tree, report):
        check_tokens(text, found, report)
        _check_program(source, text, tree, terms, report)
    return report.findings()


def _check_program(source: bytes, text: str, tree: Tree, terms: Terms, report: Report) -> None:
    """Run the checks that need a tree, from the most telling to the most general."""
    report.idle = check_interface(tree, terms.interface, report)
    check_syntax(tree, terms, report)
    check_names(tree, terms, report)
    check_patterns(text, terms.patterns, report)
    exact = text.encode() == source  # not so when a byte order mark was cut off
    if not (exact and is_plain(tree)):
        check_restricted(source, report, tree.module if exact else None)
