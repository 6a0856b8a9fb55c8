"""Every sample program: what must pass passes, what must be refused is refused for exactly the listed reasons."""

from __future__ import annotations

import re

import pytest

from llmdas.contract import Contract
from llmdas.gate.catalogue import catalogue
from llmdas.gate.pool import judge_all
from llmdas.gate.terms import Terms
from llmdas.policy import Policy
from llmdas.program import Program, Verdict
from llmdas_sandbox.guest.restricted import compile_program
from tests.mutation.corpus import accepted, refused
from tests.mutation.sample import Sample, head_of

# The end of a long list in test_source.py, waivers in tests/review, backstops of the compiler in test_restricted.py.
ELSEWHERE = {"DAS014", "DAS020", "DAS021", "DAS302", "DAS303", "DAS304", "DAS305", "DAS309"}


def _name(sample: Sample) -> str:
    return sample.name.partition("/")[2]


def test_there_are_enough_samples() -> None:
    assert len(accepted()) >= 85
    assert len(refused()) >= 200
    assert len({sample.source for sample in (*accepted(), *refused())}) == len(accepted()) + len(refused())


@pytest.fixture(scope="module")
def verdicts(policy: Policy, contract: Contract) -> dict[str, Verdict]:
    """The verdict on each accepted sample, as the product gives it: by digest."""
    programs = [Program(sample.source) for sample in accepted()]
    return {verdict.program: verdict for verdict in judge_all(programs, policy, contract)}


@pytest.mark.parametrize("sample", accepted(), ids=_name)
def test_accepted_sample_passes_and_compiles(sample: Sample, verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts[Program(sample.source).sha256]
    assert verdict.accepted, verdict.findings
    assert {finding.rule for finding in verdict.findings} == sample.expected
    assert compile_program(sample.source).code is not None


@pytest.mark.parametrize("sample", refused(), ids=_name)
def test_refused_sample_trips_exactly_its_rules(sample: Sample, terms: Terms) -> None:
    assert sample.expected
    assert sample.fault(terms) == ""


@pytest.mark.parametrize("sample", refused(), ids=_name)
def test_refused_sample_says_what_it_tries_and_where_that_is_described(sample: Sample) -> None:
    _, purpose, technique = head_of(sample.source)
    assert re.match(r"# \S", purpose)
    assert re.fullmatch(r"# technique: (https://\S+|docs/policy\.md)", technique)


def test_every_rule_has_a_sample() -> None:
    sampled = set().union(*(sample.expected for sample in (*accepted(), *refused())))
    unsampled = {rule for rule in catalogue() if not rule.startswith("DAS9")} - sampled
    assert unsampled == ELSEWHERE
