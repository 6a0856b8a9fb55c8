"""One source and the verdict that it must get."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from llmdas.gate.terms import Terms
from llmdas.program import Finding


@dataclass(frozen=True, slots=True)
class Sample:
    """One source and the rules it must trip.

    Attributes:
        name: folder and stem of its file, or what it is made of.
        source: its exact bytes.
        expected: the rules that must be found, no others; for an accepted sample its warnings.
        refused: whether it must be refused.
        look: the whole gate, or one check of it alone.
    """

    name: str
    source: bytes
    expected: frozenset[str]
    refused: bool
    look: Callable[[bytes, Terms], Iterable[Finding]]

    def fault(self, terms: Terms) -> str:
        """Return what is wrong with the verdict under these terms, empty when it is as named."""
        findings = tuple(self.look(self.source, terms))
        rules = {finding.rule for finding in findings}
        if rules != self.expected:
            return f"trips {_listed(rules)} instead of {_listed(self.expected)}"
        if self.refused != any(finding.severity == "error" for finding in findings):
            return "is not refused" if self.refused else "is refused"
        if self.refused and len(findings) > len(self.expected) + 1:
            return "one cause gives several findings"
        return ""

    @property
    def words(self) -> frozenset[str]:
        """Every word of the source, those in comments and text too."""
        return _words(self.source)

    @property
    def nodes(self) -> frozenset[str]:
        """The classes of its syntax nodes, none where it does not parse."""
        return _nodes(self.source)


def _listed(rules: Iterable[str]) -> str:
    return " ".join(sorted(rules)) or "nothing"


@functools.cache
def _words(source: bytes) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", source.decode("utf-8", "replace")))


@functools.cache
def _nodes(source: bytes) -> frozenset[str]:
    try:
        return frozenset(type(node).__name__ for node in ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()


def head_of(source: bytes) -> list[str]:
    """Return the first three lines of a sample; the rest need not be text."""
    return [line.decode() for line in source.removeprefix(b"\xef\xbb\xbf").split(b"\n", 3)[:3]]


def named(source: bytes, word: str) -> frozenset[str]:
    """Return the rules that the first line names after a word, as in ``# expect: DAS203``."""
    first = head_of(source)[0]
    return frozenset(re.findall(r"DAS\d{3}", first)) if first.startswith(f"# {word}:") else frozenset()
