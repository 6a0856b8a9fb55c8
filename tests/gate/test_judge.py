"""One judgement: a verdict whatever the child does, and an error, never a finding, when there can be no child."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from llmdas import checker_process
from llmdas.cli.main import main
from llmdas.contract import Contract
from llmdas.errors import EXIT_COULD_NOT_COMPLETE, GateError
from llmdas.gate import GateLimits, bundle_digest, judge
from llmdas.gate.inspection import inspect
from llmdas.gate.terms import Terms
from llmdas.llm.interface import Sampling
from llmdas.policy import Policy
from llmdas.program import Program, Verdict
from llmdas.prompting.templates import Prompt
from llmdas.repair import write_program
from llmdas_sandbox import Sandbox
from tests.support import programs
from tests.support.programs import fenced
from tests.support.scripted import ScriptedLLM

from .conftest import HEAD, TAIL, rules

GOOD = Program((HEAD + TAIL).encode())
BAD = Program((HEAD + "    x = np.load('x')\n    y = missing\n" + TAIL).encode())


@pytest.fixture
def no_checker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checker_process, "command", lambda: ["/nonexistent/python"])


def test_verdict_carries_the_digests_of_all_that_judged(policy: Policy, contract: Contract) -> None:
    verdict = judge(GOOD, policy, contract)
    assert verdict == Verdict(GOOD.sha256, bundle_digest(policy), contract.digest, ())
    assert verdict.accepted


def test_child_and_inspection_agree(policy: Policy, contract: Contract, terms: Terms) -> None:
    verdict = judge(BAD, policy, contract)
    assert not verdict.accepted
    assert verdict.findings == inspect(BAD.source, terms)
    assert verdict == judge(BAD, policy, contract)


def test_a_huge_source_is_refused_without_a_child(no_checker: None, policy: Policy, contract: Contract) -> None:
    verdict = judge(Program(b"#" * 10_000_000), policy, contract)
    assert rules(verdict.findings) == {"DAS001"}


def test_time_that_is_too_short_refuses(policy: Policy, contract: Contract) -> None:
    verdict = judge(GOOD, policy, contract, limits=GateLimits(wall_s=0.00001))
    assert rules(verdict.findings) == {"DAS902"}
    assert not verdict.accepted


def test_a_checker_that_cannot_be_started_is_an_error(no_checker: None, policy: Policy, contract: Contract) -> None:
    with pytest.raises(GateError, match="could not be started") as caught:
        judge(GOOD, policy, contract)
    assert caught.value.exit_code == EXIT_COULD_NOT_COMPLETE


def test_a_checker_that_lacks_its_libraries_is_an_error(
    monkeypatch: pytest.MonkeyPatch, policy: Policy, contract: Contract
) -> None:
    *start, engine = checker_process.command()
    monkeypatch.setattr(checker_process, "command", lambda: [*start, "/nonexistent/ast_grep_py"])
    assert engine.endswith("ast_grep_py")
    with pytest.raises(GateError, match="could not be started: it ended with status 1"):
        judge(GOOD, policy, contract)


def test_a_package_that_is_not_there_is_an_error(
    monkeypatch: pytest.MonkeyPatch, policy: Policy, contract: Contract
) -> None:
    monkeypatch.setattr(sys, "path", [])
    for name in [name for name in sys.modules if name.partition(".")[0] in ("RestrictedPython", "llmdas_sandbox")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(GateError, match=r"the package \w+ is not installed"):
        judge(GOOD, policy, contract)


def test_a_checker_that_cannot_be_started_ends_a_review_with_one_sentence(
    no_checker: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "one.py").write_bytes(GOOD.source)
    assert main(["check", str(tmp_path)]) == EXIT_COULD_NOT_COMPLETE
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("llmdas: The gate's checker could not be started: No such file or directory.")
    assert err.count("\n") == 1


def test_a_checker_that_cannot_be_started_is_not_told_to_the_llm(
    no_checker: None, policy: Policy, contract: Contract
) -> None:
    llm = ScriptedLLM(fenced(programs.GOOD), fenced(programs.GOOD))
    opening = (Prompt("system", 1, "system text", "t"), Prompt("program", 1, "the request", "t"))
    with pytest.raises(GateError, match="could not be started"):
        write_program(
            llm,
            opening,
            Sampling("scripted"),
            contract,
            judge=lambda program: judge(program, policy, contract),
            try_out=lambda accepted: pytest.fail("nothing was accepted"),
            max_attempts=4,
            on_attempt=lambda attempt: pytest.fail("there was no attempt"),
        )
    assert len(llm.requests) == 1


def test_a_caller_whose_standard_input_is_closed_can_judge() -> None:
    script = (
        "import os; os.close(0); os.close(1)\n"
        "from llmdas.contract import load_contract\n"
        "from llmdas.gate import judge\n"
        "from llmdas.policy import load_policy\n"
        "from llmdas.program import Program\n"
        "verdict = judge(Program(b'import os'), load_policy(), load_contract())\n"
        "os.write(2, ' '.join(sorted({f.rule for f in verdict.findings})).encode())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], stderr=subprocess.PIPE, timeout=60, check=True)
    assert done.stderr == b"DAS101 DAS201"


def test_child_loads_no_heavy_library(terms: Terms) -> None:
    command = checker_process.command()
    at = next(index for index, part in enumerate(command) if part.endswith("child.py"))
    probe = (
        "import runpy, sys, os\n"
        "sys.argv = sys.argv[1:]\n"
        "there = os._exit\n"
        "def leave(status):\n"
        "    os.write(2, ' '.join(sys.modules).encode())\n"
        "    there(status)\n"
        "os._exit = leave\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "leave(0)"
    )
    limits = {"wall_s": 20.0, "cpu_s": 10, "memory_bytes": 1 << 30, "answer_bytes": 1 << 20}
    setup = json.dumps({"terms": terms.as_json(), "limits": limits, "warm": True}).encode()
    job = os.urandom(16) + GOOD.source
    frames = b"".join(len(part).to_bytes(4) + part for part in (setup, job))
    done = subprocess.run([*command[:at], "-c", probe, *command[at:]], input=frames, capture_output=True, timeout=60)
    loaded = {name.partition(".")[0] for name in done.stderr.decode().split()}
    assert {"ast_grep_py", "RestrictedPython", "llmdas"} <= loaded
    assert not loaded & {"numpy", "pydantic", "yaml", "pyod", "sklearn", "torch", "openai"}


def test_terms_survive_the_way_to_the_child(terms: Terms) -> None:
    assert Terms.from_json(json.loads(json.dumps(terms.as_json()))).as_json() == terms.as_json()


def test_a_checker_that_cannot_be_started_ends_a_run_with_one_sentence(
    no_checker: None, box: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["synthesize", "--llm", "replay", "--runs", str(tmp_path / "runs"), "--quiet"])
    assert code == EXIT_COULD_NOT_COMPLETE
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("llmdas: The gate's checker could not be started: No such file or directory.")
    assert err.count("\n") == 1
