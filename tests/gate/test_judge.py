"""A judgement in its child process: whatever the child does, the result is a verdict, and never a pass by accident."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from llmdas.contract import Contract
from llmdas.gate import GateLimits, bundle_digest, judge
from llmdas.gate import judge as judge_function
from llmdas.gate.inspection import inspect
from llmdas.gate.judge import _command
from llmdas.gate.terms import Terms
from llmdas.policy import Policy
from llmdas.program import Program, Verdict

from .conftest import HEAD, TAIL, rules

GOOD = Program((HEAD + TAIL).encode())
BAD = Program((HEAD + "    x = np.load('x')\n    y = missing\n" + TAIL).encode())
QUICK = GateLimits(wall_s=3.0)


def _judge_with(
    monkeypatch: pytest.MonkeyPatch, code: str, policy: Policy, contract: Contract, limits=QUICK
) -> Verdict:
    """Judge a faultless program with another child."""
    module = sys.modules[judge_function.__module__]
    monkeypatch.setattr(module, "_command", lambda limits: [sys.executable, "-I", "-c", code])
    return judge(GOOD, policy, contract, limits=limits)


def test_verdict_carries_the_digests_of_all_that_judged(policy: Policy, contract: Contract) -> None:
    verdict = judge(GOOD, policy, contract)
    assert verdict == Verdict(GOOD.sha256, bundle_digest(policy), contract.digest, ())
    assert verdict.accepted


def test_child_and_inspection_agree(policy: Policy, contract: Contract, terms: Terms) -> None:
    verdict = judge(BAD, policy, contract)
    assert not verdict.accepted
    assert verdict.findings == inspect(BAD.source, terms)
    assert verdict == judge(BAD, policy, contract)


def test_a_huge_source_is_refused_without_a_child(
    monkeypatch: pytest.MonkeyPatch, policy: Policy, contract: Contract
) -> None:
    monkeypatch.setattr(subprocess, "Popen", None)
    verdict = judge(Program(b"#" * 10_000_000), policy, contract)
    assert rules(verdict.findings) == {"DAS001"}


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("import os; os._exit(3)", "DAS901"),
        ("import os; os.kill(os.getpid(), 11)", "DAS901"),
        ("import os; os.kill(os.getpid(), 9)", "DAS903"),
        ("import os; os.kill(os.getpid(), 24)", "DAS902"),
        ("import time; time.sleep(60)", "DAS902"),
        ("import os, time; os.close(1); time.sleep(60)", "DAS902"),
        ("", "DAS904"),
        ("print('[]')", "DAS904"),
        ("print('{')", "DAS904"),
        ("print('[' * 100000)", "DAS904"),
        ("print('x' * 3_000_000)", "DAS904"),
        ("import json; print(json.dumps({'failed': 'memory'}))", "DAS903"),
        ("import json; print(json.dumps({'failed': 'PanicException'}))", "DAS901"),
        ("import json; print(json.dumps({'sha256': 'x', 'findings': []}))", "DAS904"),
        ("import json; print(json.dumps({'findings': []}))", "DAS904"),
    ],
)
def test_a_child_that_misbehaves_has_refused(
    monkeypatch: pytest.MonkeyPatch, policy: Policy, contract: Contract, code: str, rule: str
) -> None:
    began = time.monotonic()
    limits = GateLimits(wall_s=1.0) if "sleep" in code else QUICK
    verdict = _judge_with(monkeypatch, code, policy, contract, limits)
    assert rules(verdict.findings) == {rule}
    assert not verdict.accepted
    assert time.monotonic() - began < 30  # bounded, far below the sixty seconds that the child would sleep


@pytest.mark.parametrize(
    "finding",
    [
        [1, 1, "DAS777", "m", "e", "r", "warning"],
        [1, 1, "DAS203", "m", "e", "r", "info"],
        [-1, 1, "DAS203", "m", "e", "r", "error"],
        [True, 1, "DAS203", "m", "e", "r", "error"],
        [1, 1, "DAS203", ["m"], "e", "r", "error"],
        [1, 1, "DAS203"],
        "text",
        None,
    ],
)
def test_a_finding_of_another_form_is_no_answer(
    monkeypatch: pytest.MonkeyPatch, policy: Policy, contract: Contract, finding: object
) -> None:
    answer = json.dumps({"sha256": GOOD.sha256, "findings": [finding]})
    assert rules(_judge_with(monkeypatch, f"print({answer!r})", policy, contract).findings) == {"DAS904"}


def test_an_answer_that_is_too_long_is_no_answer(
    monkeypatch: pytest.MonkeyPatch, policy: Policy, contract: Contract
) -> None:
    answer = json.dumps({"sha256": GOOD.sha256, "findings": []})
    assert _judge_with(monkeypatch, f"print({answer!r} + ' ' * 1000)", policy, contract).accepted
    longer = _judge_with(monkeypatch, f"print({answer!r} + ' ' * 3_000_000)", policy, contract)
    assert rules(longer.findings) == {"DAS904"}


def test_a_child_that_cannot_be_started_has_refused(
    monkeypatch: pytest.MonkeyPatch, policy: Policy, contract: Contract
) -> None:
    module = sys.modules[judge_function.__module__]
    monkeypatch.setattr(module, "_command", lambda limits: ["/nonexistent/python"])
    assert rules(judge(GOOD, policy, contract).findings) == {"DAS901"}


@pytest.mark.parametrize(
    "limits", [GateLimits(wall_s=0.001), GateLimits(memory_bytes=1 << 20), GateLimits(memory_bytes=8 << 20)]
)
def test_limits_that_are_too_small_refuse(policy: Policy, contract: Contract, limits: GateLimits) -> None:
    verdict = judge(GOOD, policy, contract, limits=limits)
    assert rules(verdict.findings) <= {"DAS901", "DAS902", "DAS903"}
    assert not verdict.accepted


def test_child_loads_no_heavy_library(terms: Terms) -> None:
    command = _command(GateLimits())
    script = command.index("-I")
    probe = (
        "import runpy, sys, atexit\n"
        "sys.argv = sys.argv[1:]\n"
        "atexit.register(lambda: sys.stderr.write(' '.join(sys.modules)))\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    arguments = command[script + 4 :]
    job = json.dumps({"source": "", "terms": terms.as_json()})
    done = subprocess.run(
        [sys.executable, "-I", "-c", probe, *arguments], input=job.encode(), capture_output=True, timeout=60
    )
    loaded = {name.partition(".")[0] for name in done.stderr.decode().split()}
    assert {"ast_grep_py", "RestrictedPython", "llmdas"} <= loaded
    assert not loaded & {"numpy", "pydantic", "yaml", "pyod", "sklearn", "torch", "openai"}


def test_terms_survive_the_way_to_the_child(terms: Terms) -> None:
    assert Terms.from_json(json.loads(json.dumps(terms.as_json()))).as_json() == terms.as_json()
