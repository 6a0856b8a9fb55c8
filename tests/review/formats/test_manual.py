"""The manual: every rule has samples that are judged here, and the page in docs is what the command prints."""

from __future__ import annotations

import datetime
from collections import Counter
from pathlib import Path

import pytest
import yaml

from llmdas import resources
from llmdas.errors import ResourceError
from llmdas.gate.catalogue import catalogue
from llmdas.gate.inspection import inspect
from llmdas.policy import load_policy
from llmdas.program import Finding
from llmdas.review.manual import GROUPS, Samples, load_manual
from llmdas.review.manual_text import explained, help_markdown, help_text, page
from llmdas.review.outcome import Placed
from llmdas.review.waivers import read_waivers

DOCS = Path(__file__).resolve().parents[3] / "docs" / "rules.md"
MANUAL = load_manual()
JUDGED = [rule for rule in MANUAL.rules.values() if rule.samples.bad and rule.samples.form != "waivers"]
WAIVERS = [rule for rule in MANUAL.rules.values() if rule.samples.form == "waivers"]
# Backstops of the compiler, which no program reaches under a policy that ships, and the checker's own failures.
WITHOUT = {"DAS302", "DAS303", "DAS304", "DAS305", "DAS309", "DAS901", "DAS902", "DAS903", "DAS904"}
WAIVED = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def test_every_rule_is_in_the_manual_and_only_those_without_a_program_have_no_sample() -> None:
    assert list(MANUAL.rules) == list(catalogue())
    assert {rule.id for rule in MANUAL.rules.values() if rule.samples.words} == WITHOUT
    assert {rule.group for rule in MANUAL.rules.values()} == set(GROUPS)


@pytest.mark.parametrize("rule", JUDGED, ids=lambda rule: rule.id)
def test_the_bad_sample_trips_its_rule_alone_and_the_good_one_nothing(rule, terms) -> None:
    found = inspect(MANUAL.source(rule.id, "bad"), terms)
    assert {finding.rule for finding in found} == {rule.id, *rule.samples.also}
    assert {finding.severity for finding in found if finding.rule == rule.id} == {rule.severity}
    assert inspect(MANUAL.source(rule.id, "good"), terms) == ()


@pytest.mark.parametrize("rule", WAIVERS, ids=lambda rule: rule.id)
def test_samples_of_waivers(rule, tmp_path) -> None:
    waived = Placed("a.py", WAIVED, Finding(1, 1, "DAS203", "m", "x", "r"), "0" * 32)
    found = []
    for which in ("bad", "good"):
        path = tmp_path / f"{which}.yaml"
        path.write_bytes(MANUAL.source(rule.id, which))
        marked = read_waivers(path).apply((waived,), frozenset({WAIVED}), today=datetime.date(2026, 1, 31), whole=True)
        found.append(marked)
    bad, good = found
    assert [(one.finding.rule, one.finding.severity) for one in bad[1:]] == [(rule.id, rule.severity)]
    assert [one.state for one in good] == ["waived"]


def test_sentences_are_whole() -> None:
    for rule in MANUAL.rules.values():
        assert rule.why[0].isupper() or not rule.why[0].isalpha() or rule.why.startswith("numpy"), rule.why
        assert rule.why.endswith(".")
        assert rule.remedy.endswith(".")
        assert all(link.startswith("https://") for link in rule.samples.links)


def test_frame_repetition_and_escapes() -> None:
    source = MANUAL.source("DAS008", "bad").decode()
    assert source.startswith(MANUAL.frame.split("    ...")[0])
    assert f"\n    X = X * 2.0{' ' * 500}\n    return" in source
    assert MANUAL.source("DAS002", "bad").startswith(b"# caf\xe9\n")
    assert MANUAL.source("DAS002", "good").startswith("# café\n".encode())
    assert MANUAL.source("DAS901", "bad") == b""


@pytest.mark.parametrize(
    "fields",
    [{}, {"bad": "x"}, {"good": "x"}, {"bad": "x", "good": "y", "words": "z"}, {"words": "z", "typo": 1}],
)
def test_samples_are_whole_or_excused(fields) -> None:
    with pytest.raises(ValueError, match=r"give `bad` and `good`|typo"):
        Samples(**fields)


@pytest.fixture
def loaded(tmp_path, monkeypatch):
    """Load the manual anew with a changed file of samples."""
    shipped = resources.resource("policies/examples.yaml").read_text(encoding="utf-8")

    def load(change):
        value = yaml.safe_load(shipped)
        change(value)
        path = tmp_path / "examples.yaml"
        path.write_text(yaml.safe_dump(value), encoding="utf-8")
        monkeypatch.setattr("llmdas.review.manual.resource", lambda name: path)
        load_manual.cache_clear()
        return load_manual()

    yield load
    load_manual.cache_clear()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda value: value["rules"].pop("DAS203"), "DAS203 has no sample"),
        (lambda value: value["rules"].update(DAS299={"words": "none"}), "DAS299 does not exist"),
        (lambda value: value["rules"]["DAS402"].update(severity="error"), "severity of DAS402"),
        (lambda value: value["rules"]["DAS203"].pop("good"), "does not load"),
        (lambda value: value.update(frame="x = 1\n"), "does not load"),
        (lambda value: value.update(typo=1), "does not load"),
        (lambda value: value.clear(), "does not load"),
    ],
)
def test_what_is_missing_or_odd_is_said_loudly(loaded, change, said) -> None:
    with pytest.raises(ResourceError, match=said):
        loaded(change)


def test_an_unchanged_file_loads(loaded) -> None:
    assert loaded(lambda value: None) == MANUAL


def test_help_holds_all_and_no_empty_part() -> None:
    for rule in MANUAL.rules.values():
        samples = [line for text in (rule.samples.bad, rule.samples.good) for line in text.splitlines()]
        for form in (help_text(rule), help_markdown(rule), explained(rule, "")):
            assert rule.why in form
            assert all(line in form for line in samples)
            assert rule.remedy in form
            assert all(part in form for part in (rule.samples.words, *rule.samples.also))
            assert form.strip() in (form, form.removesuffix("\n"))
        assert all(link in explained(rule, "") for link in rule.samples.links)
        assert "cannot be ignored" in explained(rule, "")
        assert "may be ignored: because" in explained(rule, "because")


def test_the_page_in_docs_is_current() -> None:
    assert DOCS.read_text(encoding="utf-8") == page(MANUAL, load_policy().ignorable), (
        "run: llmdas rules --format markdown > docs/rules.md"
    )


def test_the_page_names_each_rule_once_and_closes_its_fences() -> None:
    text = page(MANUAL, {"DAS406"})
    headings = Counter(line for line in text.splitlines() if line.startswith("### "))
    assert headings == {f"### {rule}": 1 for rule in MANUAL.rules}
    assert sum(line.startswith("```") for line in text.splitlines()) % 2 == 0
    assert "**print** (warning, may be ignored, pattern [`print-is-discarded`]" in text
