"""ast-grep's own command line as a second opinion on the same rule files: its tests, its matches in every sample."""

from __future__ import annotations

import json
import shutil
import subprocess
import sysconfig
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from llmdas.contract import load_contract
from llmdas.gate import judge
from llmdas.gate.patterns import check_patterns
from llmdas.gate.report import Report
from llmdas.gate.rules import load_rules
from llmdas.policy import load_policy
from llmdas.program import Program

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "tests" / "programs"
RULE_TESTS = sorted((ROOT / "policies" / "rule-tests").glob("*-test.yml"))
RULES = load_rules()
# Matches are (rule, line, column) by file, both counted from 1.
Matches = dict[str, set[tuple[str, int, int]]]


@pytest.fixture(scope="module")
def ast_grep() -> str:
    """The command line that belongs to this environment."""
    found = shutil.which("ast-grep", path=sysconfig.get_path("scripts"))
    assert found is not None, "ast-grep-cli is not installed; run make lint or make test"
    return found


def scan(ast_grep: str, *paths: Path) -> Matches:
    command = [ast_grep, "scan", "--config", str(ROOT / "sgconfig.yml"), "--no-ignore=vcs", "--json=compact"]
    done = subprocess.run([*command, *map(str, paths)], capture_output=True, cwd=ROOT, timeout=120)
    assert done.returncode in (0, 1), done.stderr.decode()  # 1: a rule of severity error matched
    found: Matches = defaultdict(set)
    for match in json.loads(done.stdout):
        start = match["range"]["start"]
        found[Path(match["file"]).name].add((match["ruleId"], start["line"] + 1, start["column"] + 1))
    return found


def readable() -> list[Path]:
    """Samples that are UTF-8 text: ast-grep's command line passes over others without a word, the gate refuses them."""
    found = []
    for path in sorted(PROGRAMS.rglob("*.py")):
        try:
            path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            continue
        found.append(path)
    return found


def by_library(paths: list[Path]) -> Matches:
    found: Matches = defaultdict(set)
    for rule in RULES:
        patterns = (rule.as_pattern(),)
        for path in paths:
            text = path.read_bytes().decode("utf-8")
            report = Report(text)
            check_patterns(text, patterns, report)
            found[path.name] |= {(rule.id, finding.line, finding.column) for finding in report}
    return found


def test_ast_grep_passes_its_own_tests_of_the_rules(ast_grep: str) -> None:
    command = [ast_grep, "test", "--config", str(ROOT / "sgconfig.yml"), "--skip-snapshot-tests"]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
    assert f"{len(RULES)} passed; 0 failed" in done.stdout


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_has_valid_and_invalid_snippets(rule: Any) -> None:
    tests = [yaml.safe_load(path.read_bytes()) for path in RULE_TESTS]
    own = [test for test in tests if test["id"] == rule.id]
    assert len(own) == 1, "one file of tests for each rule"
    assert set(own[0]) == {"id", "valid", "invalid"}
    for kind in ("valid", "invalid"):
        assert len(set(own[0][kind])) >= 2, f"{rule.id} has fewer than two {kind} snippets"


def test_both_find_the_same_in_every_sample(ast_grep: str) -> None:
    paths = [path for path in readable() if b"ast-grep-ignore" not in path.read_bytes()]
    own, theirs = by_library(paths), scan(ast_grep, *paths)
    assert len({path.name for path in paths}) == len(paths) > 250
    assert {rule for found in own.values() for rule, _, _ in found} == {rule.id for rule in RULES}
    different = {
        path.name: {"library": own[path.name] - theirs[path.name], "command": theirs[path.name] - own[path.name]}
        for path in paths
        if own[path.name] != theirs[path.name]
    }
    assert different == {}


def test_a_comment_silences_the_command_line_and_not_the_gate(ast_grep: str, tmp_path: Path) -> None:
    source = (
        "import numpy as np\n\n\ndef generate_hard_anomalies(n_samples, model, X_train, rng):\n"
        "    # ast-grep-ignore\n"
        "    raise ValueError(X_train)\n"
    )
    silenced, plain = tmp_path / "silenced.py", tmp_path / "plain.py"
    silenced.write_text(source)
    plain.write_text(source.replace("ast-grep-ignore", "nothing of note"))
    found = scan(ast_grep, silenced, plain)
    assert found["plain.py"] == {("rows-in-exception", 6, 22)}
    assert found["silenced.py"] == set()
    verdict = judge(Program(silenced.read_bytes()), load_policy(), load_contract())
    assert not verdict.accepted
    assert {"DAS009", "DAS407"} <= {finding.rule for finding in verdict.findings}
