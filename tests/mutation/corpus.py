"""What every mutant is held against: the sample programs, what is made in code, and each rule's own tests."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import yaml

from llmdas.gate.inspection import inspect
from llmdas.gate.patterns import check_patterns
from llmdas.gate.report import Report
from llmdas.gate.terms import Terms
from llmdas.program import Finding
from llmdas.resources import resource

from .made import backstops, dangerous, details, made
from .sample import Sample, named

PROGRAMS = Path(__file__).resolve().parents[1] / "programs"


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
    """All samples of all sorts, the small ones first: most mutants are killed by them."""
    return (*details(), *dangerous(), *backstops(), *snippets(), *refused(), *accepted(), *made())
