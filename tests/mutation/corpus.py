"""What every mutant is held against: the sample programs, what is made in code, and each rule's own tests."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from llmdas.gate.inspection import inspect
from llmdas.gate.patterns import check_patterns
from llmdas.gate.report import Report
from llmdas.gate.restricted import check_restricted
from llmdas.gate.terms import Terms
from llmdas.program import Finding
from llmdas.resources import resource

from .dangerous import uses

PROGRAMS = Path(__file__).resolve().parents[1] / "programs"
HEAD = "import numpy as np\n\n\ndef generate_hard_anomalies(n_samples, model, X_train, rng):\n"
TAIL = "    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0\n"


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


@functools.cache
def accepted() -> tuple[Sample, ...]:
    """Every program that must pass."""
    return tuple(_program(path, "warnings") for path in sorted((PROGRAMS / "accept").glob("*.py")))


@functools.cache
def refused() -> tuple[Sample, ...]:
    """Every program that must be refused."""
    return tuple(_program(path, "expect") for path in sorted((PROGRAMS / "reject").glob("*.py")))


def _program(path: Path, word: str) -> Sample:
    source = path.read_bytes()
    return Sample(f"{path.parent.name}/{path.stem}", source, named(source, word), word == "expect", inspect)


@functools.cache
def made() -> tuple[Sample, ...]:
    """Sources that are made, because they are large, or that no file can hold: limits, and the end of a long list."""
    many = HEAD + "".join(f"    x = missing_{number}\n" for number in range(300)) + TAIL
    return (
        _made("bytes within", _of_bytes(60_000)),
        _made("bytes beyond", _of_bytes(70_000), "DAS001"),
        _made("line within", HEAD + f"    x = 1  # {'a' * 400}\n" + TAIL),
        _made("line beyond", HEAD + f"    x = 1  # {'a' * 700}\n" + TAIL, "DAS008"),
        _made("nodes within", _of_nodes(18_000)),
        _made("nodes beyond", _of_nodes(25_000), "DAS011"),
        _made("depth within", HEAD + f"    x = {'-' * 50}n_samples\n" + TAIL),
        _made("depth beyond", HEAD + f"    x = {'-' * 80}n_samples\n" + TAIL, "DAS012"),
        _made("depth far beyond", HEAD + f"    x = {'-' * 200}n_samples\n" + TAIL, "DAS012"),
        _made("depth beyond the parser", HEAD + "    x = " + "-\\\n" * 20_000 + "1\n" + TAIL, "DAS012"),
        _made("null byte", HEAD + "    x = 1  # \0\n" + TAIL, "DAS004", "DAS010"),
        _made("string line beyond", HEAD + f"    x = '''\n# {'a' * 700}\n'''\n" + TAIL, "DAS008"),
        _made("brackets within", HEAD + f"    x = {'(' * 50}1{')' * 50}\n" + TAIL),
        _made("brackets beyond", HEAD + f"    x = {'(' * 80}1{')' * 80}\n" + TAIL, "DAS012"),
        _made("text within", HEAD + _text_of(4_000) + TAIL),
        _made("text beyond", HEAD + _text_of(5_000) + TAIL, "DAS013"),
        Sample(
            "made/parent not permitted",
            f"import os.path\n{HEAD}{TAIL}".encode(),
            frozenset({"DAS201"}),
            True,
            _child_only,
        ),
        Sample("made/many findings", many.encode(), frozenset({"DAS204", "DAS014"}), True, _rules_once),
    )


def _made(name: str, source: str, *rules: str) -> Sample:
    return Sample(f"made/{name}", source.encode(), frozenset(rules), bool(rules), inspect)


@functools.cache
def dangerous() -> tuple[Sample, ...]:
    """The shortest program for each name that no policy may permit."""
    return tuple(
        _made(name, HEAD + "".join(f"    {line}\n" for line in lines.split("\n")) + TAIL, rule)
        for name, lines, rule in uses()
    )


def _child_only(source: bytes, terms: Terms) -> tuple[Finding, ...]:
    """Judge under a policy that permits a module within a module but not the outer one, which is what gets bound."""
    return inspect(source, replace(terms, modules={**terms.modules, "os.path": frozenset({"join"})}))


def _rules_once(source: bytes, terms: Terms) -> list[Finding]:
    return list({finding.rule: finding for finding in inspect(source, terms)}.values())


def _of_bytes(size: int) -> str:
    line = "    # nothing but a long comment, line after line, so that the source is large\n"
    return HEAD + line * ((size - len(HEAD + TAIL)) // len(line)) + TAIL


def _of_nodes(count: int) -> str:
    return HEAD + f"    x = [{','.join('1' * 100)}]\n" * (count // 105) + TAIL


def _text_of(size: int) -> str:
    lines = "".join(f"        '{'a' * 100}'\n" for _ in range(size // 100))
    return f"    x = (\n{lines}    )\n"


@functools.cache
def backstops() -> tuple[Sample, ...]:
    """What the compiler refuses when no other check saw it; judged by that check alone."""
    sources = {
        "__x = 1": "DAS301",
        "_x_ = 1": "DAS301",
        "x__roles__ = 1": "DAS301",
        "printed = 1": "DAS301",
        "print = 1": "DAS301",
        "x = y.__class__": "DAS302",
        "x = y.gi_frame": "DAS302",
        "x = y.a__roles__": "DAS302",
        "y.a += 1": "DAS302",
        "class C(metaclass=M): pass": "DAS303",
        "async def f(): pass": "DAS303",
        "eval('1')": "DAS304",
        "from numpy import *": "DAS305",
        "x = b'1'": "DAS306",
        "x = '\0'": "DAS309",
        "return 1": "DAS310",
    }
    return tuple(
        Sample(f"compiler/{source!r}", source.encode(), frozenset({rule}), True, _compiled)
        for source, rule in sources.items()
    )


def _compiled(source: bytes, terms: Terms) -> tuple[Finding, ...]:
    report = Report(source.decode())
    check_restricted(source, report)
    return report.findings()


@functools.cache
def snippets() -> tuple[Sample, ...]:
    """Every pattern rule's own tests (ast-grep's format), judged by that rule alone."""
    folder = resource("policies/rules")
    rules = {rule["id"]: rule for rule in map(_yaml, sorted(folder.glob("*.yml")))}
    return tuple(
        _snippet(rules[test["id"]], source, number, invalid=kind == "invalid")
        for test in map(_yaml, sorted((folder.parent / "rule-tests").glob("*.yml")))
        for kind in ("valid", "invalid")
        for number, source in enumerate(test[kind])
    )


def _snippet(rule: dict[str, Any], source: str, number: int, *, invalid: bool) -> Sample:
    identifier = rule["metadata"]["id"]

    def look(source: bytes, terms: Terms) -> list[Finding]:
        report = Report(source.decode())
        check_patterns(source.decode(), tuple(p for p in terms.patterns if p["id"] == identifier), report)
        return list({finding.rule: finding for finding in report}.values())

    name = f"rule-tests/{rule['id']} {'invalid' if invalid else 'valid'} {number + 1}"
    expected = frozenset({identifier} if invalid else ())
    return Sample(name, source.encode(), expected, invalid and rule["severity"] == "error", look)


def _yaml(path: Path) -> dict[str, Any]:
    value: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return value


@functools.cache
def everything() -> tuple[Sample, ...]:
    """All samples of all sorts, refused ones first: they fail for most mutants."""
    return (*refused(), *made(), *dangerous(), *backstops(), *snippets(), *accepted())
