"""What the guest's restricted compiler says, mapped to stable rules, without repeating what is known already."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from llmdas.gate.report import Report
from llmdas_sandbox.guest.restricted import CompileError, compile_program, compile_tree


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of error: how its text looks, its rule, and the rules that name the same cause more precisely."""

    pattern: re.Pattern[str]
    rule: str
    covered_by: frozenset[str]


def _kind(pattern: str, rule: str, covered_by: str) -> _Kind:
    return _Kind(re.compile(pattern), rule, frozenset(f"DAS{number}" for number in covered_by.split()))


_KINDS = (
    _kind(r'^"__name__" is an invalid variable name', "DAS301", "111 208"),  # of a block that is to be deleted
    _kind(r"^SyntaxError: asynchronous comprehension", "DAS310", "209"),
    _kind(r"^SyntaxError", "DAS310", "010"),
    _kind(r"invalid attribute name|is a restricted name", "DAS302", "202 205 206 207 208 212"),
    _kind(r"Augmented assignment of attributes", "DAS302", "212"),
    _kind(r"^(Exec|Eval) calls", "DAS304", "203 211"),
    _kind(r'^"\*" imports|Lazy import', "DAS305", "201 209 214"),
    _kind(r"^Bytes literals", "DAS306", ""),
    _kind(r"invalid variable name|reserved name", "DAS301", "104 107 201 202 203 204 208 211"),
    _kind(r"statements are not allowed|metaclass|Unpacking in comprehensions", "DAS303", "105 209"),
)
_OTHER = _kind(r"", "DAS309", "")


def check_restricted(source: bytes, report: Report, tree: ast.Module | None = None) -> None:
    """Compile the bytes as the guest does; an error that no other check explains becomes a finding.

    Args:
        source: the exact bytes.
        report: takes the findings; says what is known already.
        tree: what `ast.parse` made of exactly these bytes, used up here; None: the bytes are parsed here.
    """
    compiled = compile_program(source) if tree is None else compile_tree(tree)
    for error in compiled.errors:
        kind = next((kind for kind in _KINDS if kind.pattern.search(error.message)), _OTHER)
        if not kind.covered_by & report.rules_on(error.line):
            _add(error, kind.rule, report)


def _add(error: CompileError, rule: str, report: Report) -> None:
    message = f"the restricted compiler says: {error.message.rstrip('.')}"
    report.add(rule, message, line=error.line, column=report.indent(error.line))
