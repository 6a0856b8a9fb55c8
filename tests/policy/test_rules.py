"""The pattern rules: strict envelope, samples in ast-grep's own format, a digest over every byte that judges."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from ast_grep_py import SgRoot

from llmdas.errors import ResourceError
from llmdas.gate import bundle
from llmdas.gate.bundle import bundle_digest, rule_files
from llmdas.gate.patterns import check_patterns
from llmdas.gate.report import Report
from llmdas.gate.rules import PatternRule, load_rules
from llmdas.policy import load_policy
from llmdas.resources import resource

RULES = load_rules()


def _samples(rule: PatternRule) -> dict[str, list[str]]:
    path = resource("policies/rule-tests") / f"{rule.id}-test.yml"
    tests = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert set(tests) == {"id", "valid", "invalid"}
    assert tests["id"] == rule.id
    return {kind: tests[kind] for kind in ("valid", "invalid")}


def _matches(rule: PatternRule, source: str) -> int:
    return len(SgRoot(source, "python").root().find_all(rule.as_pattern()["config"]))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_finds_its_invalid_samples_and_no_valid_one(rule: PatternRule) -> None:
    samples = _samples(rule)
    assert len(samples["valid"]) >= 2
    assert len(samples["invalid"]) >= 2
    assert [source for source in samples["valid"] if _matches(rule, source)] == []
    assert [source for source in samples["invalid"] if not _matches(rule, source)] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_invalid_samples_are_found_by_this_rule_alone_through_the_gate(rule: PatternRule) -> None:
    for source in _samples(rule)["invalid"]:
        report = Report(source)
        check_patterns(source, (rule.as_pattern(),), report)
        assert {finding.rule for finding in report} == {rule.metadata.id}
        assert {finding.severity for finding in report} == {rule.severity}


def test_every_sample_file_belongs_to_a_rule() -> None:
    names = {path.name for path in resource("policies/rule-tests").glob("*.yml")}
    assert names == {f"{rule.id}-test.yml" for rule in RULES}
    assert {path.stem for path in rule_files()} == {rule.id for rule in RULES}


def test_no_comment_silences_a_rule() -> None:
    report = Report("")
    check_patterns("# ast-grep-ignore\nwhile True:\n    x = 1\n", tuple(r.as_pattern() for r in RULES), report)
    assert {finding.rule for finding in report} == {"DAS501"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(resource("policies/rules"), tmp_path / "rules"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("language: python", "language: pyhton"),
        ("severity: error", "severity: info"),
        ("severity: error", "severity: error\nfiles: ['*.py']"),
        ("id: DAS501", "id: DAS999"),
        ("id: DAS501", "id: DAS401"),
        ("id: endless-loop", "id: bare-except"),
        ("remedy:", "remedi:"),
        ("note: a run", "notes: a run"),
        ("rule:\n", "rule: [\n"),
        ("metadata:", "metadata: 1\nother:"),
    ],
)
def test_a_rule_that_is_not_exactly_right_does_not_load(folder: Path, old: str, new: str) -> None:
    path = folder / "endless-loop.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ResourceError):
        load_rules(folder)


def test_a_folder_without_rules_does_not_load(tmp_path: Path) -> None:
    with pytest.raises(ResourceError):
        load_rules(tmp_path)


def test_digest_covers_policy_and_every_rule(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = load_policy()
    before = bundle_digest(policy)
    monkeypatch.setattr(bundle, "resource", lambda relative: folder)
    assert bundle_digest(policy) == before
    for path in rule_files():
        text = path.read_bytes()
        path.write_bytes(text + b"\n")
        assert bundle_digest(policy) != before, path.name
        path.write_bytes(text)
    (folder / "bare-except.yml").unlink()
    assert bundle_digest(policy) != before
    assert bundle_digest(replace(policy, digest="0" * 64)) != bundle_digest(policy)
