"""The bounded loop: what was wrong goes back whole, every attempt is kept, failures of ours end it."""

import pytest

from llmdas.execution import Accepted
from llmdas.gate import judge
from llmdas.llm.interface import ChatAnswer, Sampling
from llmdas.prompting.templates import Prompt
from llmdas.repair import write_program
from llmdas.trial import run_trial
from llmdas_sandbox import SandboxFailure
from tests.support import programs
from tests.support.programs import fenced
from tests.support.scripted import ScriptedLLM

OPENING = (Prompt("system", 1, "system text", "t"), Prompt("program", 1, "the request", "t"))


@pytest.fixture
def dialogue(rig):
    kept = []

    def hold(*answers, attempts=4, try_out=None):
        llm = ScriptedLLM(*answers)
        done = write_program(
            llm,
            OPENING,
            Sampling("scripted"),
            rig.contract,
            judge=lambda program: judge(program, rig.policy, rig.contract),
            try_out=try_out or (lambda accepted: run_trial(rig, accepted)),
            max_attempts=attempts,
            on_attempt=kept.append,
        )
        return done, llm

    hold.kept = kept
    return hold


def test_a_good_first_answer_needs_one_request(dialogue):
    done, llm = dialogue(fenced(programs.GOOD))
    assert isinstance(done.accepted, Accepted)
    assert done.accepted.program.source == programs.GOOD.encode()
    assert len(llm.requests) == 1


def test_findings_go_back_whole_and_the_second_answer_is_accepted(dialogue):
    bad = programs.IMPORTS_OS.replace("rows = X_train", "eval('1')\n    rows = X_train")
    done, llm = dialogue(fenced(bad), fenced(programs.GOOD))
    assert done.accepted
    refused = done.attempts[0]
    told = llm.requests[1].messages[-1].content
    assert refused.verdict is not None
    assert len(refused.verdict.findings) >= 2
    for finding in refused.verdict.findings:
        assert finding.rule in told
        assert f"line {finding.line}" in told
        assert finding.remedy.rstrip(".") in told
    assert [m.role for m in llm.requests[1].messages] == ["system", "user", "assistant", "user"]
    assert llm.requests[1].messages[2].content == fenced(bad)


def test_a_fault_goes_back_with_table_line_source_and_message(dialogue):
    done, llm = dialogue(fenced(programs.RAISES), fenced(programs.GOOD))
    assert done.accepted
    told = llm.requests[1].messages[-1].content
    assert "more columns than rows (30 rows, 60 columns, n_samples=10)" in told
    assert "`raise ValueError('too wide')`" in told
    assert "ValueError: too wide" in told


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("I would rather not write code.", "no"),
        (fenced(programs.GOOD) + fenced(programs.GOOD), "two|2|block"),
        (ChatAnswer(fenced(programs.GOOD)[:200], "length", "scripted", {}), "cut off"),
    ],
)
def test_an_answer_without_one_whole_program_is_told_so(dialogue, answer, said):
    done, llm = dialogue(answer, fenced(programs.GOOD))
    assert done.accepted
    assert done.attempts[0].program is None
    problem = done.attempts[0].problems[0]
    assert problem in llm.requests[1].messages[-1].content
    assert any(word in problem.lower() for word in said.split("|"))


def test_attempts_are_bounded_and_all_kept(dialogue):
    done, llm = dialogue(*[fenced(programs.WRONG_SHAPE)] * 9, attempts=3)
    assert done.accepted is None
    assert len(done.attempts) == len(llm.requests) == len(dialogue.kept) == 3
    assert [attempt.number for attempt in done.attempts] == [1, 2, 3]


def test_a_refused_program_never_reaches_the_sandbox(dialogue):
    def never(accepted):
        raise AssertionError("a refused program was tried")

    done, _ = dialogue(fenced(programs.IMPORTS_OS), attempts=1, try_out=never)
    assert done.attempts[0].stage == "gate"


def test_a_failure_of_the_sandbox_ends_the_loop_and_is_not_sent(dialogue):
    def broken(accepted):
        raise SandboxFailure("the engine went away")

    with pytest.raises(SandboxFailure, match="went away"):
        dialogue(fenced(programs.GOOD), fenced(programs.GOOD), try_out=broken)
