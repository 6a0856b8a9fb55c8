"""Every sample program: what must pass passes, what must be refused is refused for exactly the listed reasons."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from llmdas.contract import Contract
from llmdas.gate import judge
from llmdas.gate.catalogue import catalogue
from llmdas.gate.inspection import inspect
from llmdas.gate.terms import Terms
from llmdas.policy import Policy
from llmdas.program import Program
from llmdas_sandbox.guest.restricted import compile_program

PROGRAMS = Path(__file__).resolve().parents[1] / "programs"
ACCEPT = sorted((PROGRAMS / "accept").glob("*.py"))
REJECT = sorted((PROGRAMS / "reject").glob("*.py"))
# Built from bytes in test_source.py, backstops of the compiler in test_restricted.py, the child's own in test_judge.py.
ELSEWHERE = {"DAS001", "DAS002", "DAS003", "DAS011", "DAS014", "DAS302", "DAS303", "DAS304", "DAS305", "DAS309"}


def _named(path: Path, word: str) -> set[str]:
    first = path.read_text(encoding="utf-8").split("\n", 1)[0]
    return set(re.findall(r"DAS\d{3}", first)) if first.startswith(f"# {word}:") else set()


def test_there_are_enough_samples() -> None:
    assert len(ACCEPT) >= 25
    assert len(REJECT) >= 60


@pytest.mark.parametrize("path", ACCEPT, ids=lambda path: path.stem)
def test_accepted_sample_passes_and_compiles(path: Path, policy: Policy, contract: Contract) -> None:
    source = path.read_bytes()
    verdict = judge(Program(source), policy, contract)
    assert verdict.accepted, verdict.findings
    assert {finding.rule for finding in verdict.findings} == _named(path, "warnings")
    assert compile_program(source).code is not None


@pytest.mark.parametrize("path", REJECT, ids=lambda path: path.stem)
def test_refused_sample_trips_exactly_its_rules(path: Path, terms: Terms) -> None:
    expected = _named(path, "expect")
    findings = inspect(path.read_bytes(), terms)
    assert expected
    assert {finding.rule for finding in findings} == expected
    assert any(finding.severity == "error" for finding in findings)
    assert len(findings) <= len(expected) + 1, "one cause gave several findings"


def test_every_rule_has_a_sample() -> None:
    sampled = set().union(*(_named(path, "expect") for path in REJECT), *(_named(path, "warnings") for path in ACCEPT))
    unsampled = {rule for rule in catalogue() if not rule.startswith("DAS9")} - sampled
    assert unsampled == ELSEWHERE
