"""Programs with thousands of matches of one rule: the rule is still the answer, and nothing that is found gets lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmdas.gate import patterns
from llmdas.gate.report import MAX_FINDINGS, Report
from llmdas.program import Finding

from .conftest import HEAD, TAIL, rules

PROGRAMS = Path(__file__).parents[1] / "programs"
REPEATED = {
    "DAS402": "x = np.random.default_rng(seed)",
    "DAS403": "X_train[0] = 1",
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Collect the nodes that are looked at one by one."""
    looked_at: list[object] = []

    def matches(root, local, config):
        for node in original(root, local, config):
            looked_at.append(node)
            yield node

    original = patterns._matches
    monkeypatch.setattr(patterns, "_matches", matches)
    return looked_at


@pytest.mark.parametrize("rule", sorted(REPEATED))
def test_no_more_matches_are_looked_for_than_are_listed(within, asked: list[object], rule: str) -> None:
    findings = within("\n".join([REPEATED[rule]] * 1000))
    assert rule in rules(findings)
    assert [finding.message[:8] for finding in findings if finding.rule == "DAS014"] == ["at least"]
    assert len(asked) <= 3 * (MAX_FINDINGS + 1)


@pytest.mark.parametrize(
    "lines",
    [
        "if n_samples:\n    X_train[0] = 1\nX_train[0] = 1",
        "x = np.random.default_rng(1)\ny = np.random.default_rng(rng.integers(9))",
        "x = np.random.default_rng(rng.integers(np.random.default_rng(1).integers(9)))",
        "X_train = X_train + 1.0\nX_train[0] = 1\nx = np.random.default_rng(1)",
        "X_train = X_train + 1.0\nX_train[0] = 1",
    ],
)
def test_a_long_program_gets_the_findings_of_a_short_one(within, lines: str) -> None:
    assert within(lines + "\ny = n_samples + 1" * 600) == within(lines)


def test_searching_one_by_one_finds_what_searching_at_once_finds(terms, monkeypatch: pytest.MonkeyPatch) -> None:
    def found(text: str, long: int) -> tuple[Finding, ...]:
        monkeypatch.setattr(patterns, "LONG", long)
        report = Report(text)
        patterns.check_patterns(text, terms.patterns, report)
        return report.findings()

    texts = [path.read_text(errors="replace") for path in sorted(PROGRAMS.rglob("*.py"))]
    both = [(found(text, len(text)), found(text, -1)) for text in texts]
    assert sum(bool(at_once) for at_once, _ in both) > 20
    assert [one_by_one for _, one_by_one in both] == [at_once for at_once, _ in both]


@pytest.mark.parametrize(
    ("rule", "local"),
    [
        ({"kind": "call", "not": {"kind": "call"}}, {"kind": "call"}),
        ({"kind": "call", "inside": {"stopBy": "end", "kind": "lambda"}}, {"kind": "call"}),
        ({"kind": "call", "has": {"field": "function", "regex": "a"}},) * 2,
        ({"all": [{"kind": "call"}, {"not": {"kind": "call"}}]}, {"all": [{"kind": "call"}]}),
        ({"kind": "call", "any": [{"not": {"regex": "a"}}, {"regex": "b"}]}, {"kind": "call"}),
        ({"any": [{"kind": "call"}, {"kind": "lambda"}]},) * 2,
        ({"all": [{"not": {"kind": "call"}}]}, {}),
    ],
)
def test_negations_and_relations_without_end_are_left_for_later(rule: object, local: object) -> None:
    assert patterns._local(rule) == local


def test_matches_at_known_places_stop_no_search(terms) -> None:
    text = HEAD + "    X_train[0] = 1\n" * 600 + TAIL
    report = Report(text)
    for number in range(5, 500):
        report.add("DAS204", "known", line=number, column=5)
    patterns.check_patterns(text, terms.patterns, report)
    assert {f.line for f in report if f.rule == "DAS403"} == set(range(500, 605))
