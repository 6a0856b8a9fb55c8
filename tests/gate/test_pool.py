"""Many programs at once: order, laziness, and that nothing which befalls one program reaches another's verdict."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from llmdas import checker_process
from llmdas.contract import Contract
from llmdas.errors import EXIT_COULD_NOT_COMPLETE, GateError
from llmdas.gate import worker
from llmdas.gate.inspection import inspect
from llmdas.gate.limits import GateLimits
from llmdas.gate.pool import judge_all
from llmdas.gate.terms import Terms
from llmdas.policy import Policy
from llmdas.program import Finding, Program, Verdict

from .conftest import HEAD, TAIL, rules

GOOD = Program((HEAD + TAIL).encode())
BAD = Program((HEAD + "    x = np.load('x')\n    y = missing\n" + TAIL).encode())
LIMITS = GateLimits(wall_s=20.0, cpu_s=1, memory_bytes=400 << 20)
Judge = Callable[..., list[Verdict]]


def numbered(number: int) -> Program:
    return Program(f"# {number}\n{HEAD}    x = {'missing' if number % 7 == 0 else number}\n{TAIL}".encode())


def doing(what: str) -> Program:
    return Program(f"# do: {what}\n{HEAD}{TAIL}".encode())


def children_of(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(number) for number in found.split()]


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """Neither a process, not even a dead one, nor an open pipe."""
    processes, files = children_of(os.getpid()), len(list(Path("/proc/self/fd").iterdir()))
    yield
    assert children_of(os.getpid()) == processes
    assert len(list(Path("/proc/self/fd").iterdir())) == files


@pytest.fixture
def judged(policy: Policy, contract: Contract) -> Judge:
    def run(programs: list[Program], **options: object) -> list[Verdict]:
        return list(judge_all(programs, policy, contract, **options))  # type: ignore[arg-type] # passed through

    return run


@pytest.fixture
def misbehaving(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let programs do what their first comment says, in the real child."""
    real = checker_process.command()
    at = next(index for index, part in enumerate(real) if part.endswith("child.py"))
    script = str(Path(__file__).with_name("misbehaving.py"))
    monkeypatch.setattr(checker_process, "command", lambda: [*real[:at], script, *real[at:]])
    monkeypatch.setattr(worker, "GRACE_S", 0.5)
    monkeypatch.setattr(checker_process, "END_S", 0.5)


def only(verdict: Verdict) -> Finding:
    assert len(verdict.findings) == 1
    assert not verdict.accepted
    return verdict.findings[0]


def test_verdicts_are_those_of_the_inspection_and_in_order(judged: Judge, terms: Terms) -> None:
    programs = [numbered(number) for number in range(60)]
    verdicts = judged(programs, workers=3)
    assert [verdict.program for verdict in verdicts] == [program.sha256 for program in programs]
    assert [verdict.findings for verdict in verdicts] == [inspect(program.source, terms) for program in programs]


@pytest.mark.parametrize("warm", [False, True])
def test_no_program_and_one_program(judged: Judge, terms: Terms, warm: bool) -> None:
    assert judged([], warm=warm) == []
    assert [verdict.findings for verdict in judged([BAD], warm=warm)] == [inspect(BAD.source, terms)]


def test_one_program_many_times_is_judged_each_time(judged: Judge) -> None:
    assert {verdict.accepted for verdict in judged([GOOD] * 9, workers=2)} == {True}


def test_a_huge_source_is_refused_and_the_others_are_not(judged: Judge) -> None:
    verdicts = judged([GOOD, Program(b"#" * 5_000_000), GOOD])
    assert [rules(verdict.findings) for verdict in verdicts] == [set(), {"DAS001"}, set()]


def test_a_source_as_large_as_permitted_goes_through_the_pipe(judged: Judge, policy: Policy) -> None:
    lines = b"# " + b"x" * 98 + b"\n"
    room = policy.source.max_bytes - len(GOOD.source)
    largest = Program(GOOD.source + lines * (room // len(lines)))
    assert [verdict.accepted for verdict in judged([largest, GOOD, largest], workers=1)] == [True] * 3


def test_programs_are_read_only_a_little_ahead(policy: Policy, contract: Contract) -> None:
    read = 0

    def programs() -> Iterator[Program]:
        nonlocal read
        while True:
            read += 1
            yield numbered(read)

    verdicts = judge_all(programs(), policy, contract, workers=2)
    assert read == 0
    for taken in range(1, 30):
        next(verdicts)
        assert read <= taken + 8
    verdicts.close()
    assert read < 40


def test_nothing_is_started_for_an_iterator_that_is_not_read(policy: Policy, contract: Contract) -> None:
    judge_all([GOOD], policy, contract).close()
    assert children_of(os.getpid()) == []


def test_closing_early_ends_all_at_once(policy: Policy, contract: Contract) -> None:
    verdicts = judge_all((numbered(number) for number in range(1000)), policy, contract, workers=3)
    next(verdicts)
    assert len(children_of(os.getpid())) == 3
    verdicts.close()
    assert children_of(os.getpid()) == []


def test_closing_while_programs_are_judged_leaves_no_child_behind(
    policy: Policy, contract: Contract, misbehaving: None
) -> None:
    verdicts = judge_all([GOOD, *[doing("sleep")] * 4], policy, contract, workers=2)
    next(verdicts)
    checkers = children_of(os.getpid())
    grandchildren: list[int] = []
    while not grandchildren:
        grandchildren = [child for checker in checkers for child in children_of(checker)]
    verdicts.close()
    assert not any(Path(f"/proc/{pid}").exists() for pid in (*checkers, *grandchildren))


def test_an_error_of_the_programs_iterator_is_passed_on(policy: Policy, contract: Contract) -> None:
    def programs() -> Iterator[Program]:
        yield GOOD
        yield GOOD
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        list(judge_all(programs(), policy, contract, workers=1))


@pytest.mark.parametrize(
    ("action", "rule"),
    [
        ("abort", "DAS901"),
        ("break", "DAS901"),
        ("exit", "DAS901"),
        ("raise", "DAS901"),
        ("die", "DAS903"),
        ("eat", "DAS903"),
        ("memory", "DAS903"),
        ("leave", "DAS904"),
        ("spin", "DAS902"),
        ("kill-all", "DAS901"),
        ("kill-parent", "DAS901"),
    ],
)
def test_one_hostile_program_among_many(judged: Judge, misbehaving: None, action: str, rule: str) -> None:
    programs = [numbered(number) for number in range(1, 7)]
    programs.insert(3, doing(action))
    verdicts = judged(programs, workers=2, limits=LIMITS)
    assert only(verdicts[3]).rule == rule
    assert ("CPU time" in only(verdicts[3]).message) == (action == "spin")
    assert [verdict.accepted for verdict in verdicts] == [True] * 3 + [False] + [True] * 3


@pytest.mark.parametrize("action", ["sleep", "linger", "stop-parent"])
def test_a_program_that_takes_too_long_costs_only_its_own_verdict(
    judged: Judge, misbehaving: None, action: str
) -> None:
    limits = GateLimits(wall_s=1.0)
    verdicts = judged([GOOD, doing(action), GOOD], workers=1, limits=limits)
    assert only(verdicts[1]).rule == "DAS902"
    assert [verdict.accepted for verdict in verdicts] == [True, False, True]


def test_a_hostile_program_among_three_hundred(judged: Judge, misbehaving: None, terms: Terms) -> None:
    programs = [numbered(number) for number in range(300)]
    programs[150] = doing("kill-all")
    verdicts = judged(programs, workers=2)
    assert only(verdicts[150]).rule == "DAS901"
    del programs[150], verdicts[150]
    assert [verdict.findings for verdict in verdicts] == [inspect(program.source, terms) for program in programs]


@pytest.mark.parametrize("action", ["abort-if-shared", "raise-if-shared"])
def test_a_program_that_fails_behind_others_is_judged_once_more_alone(
    judged: Judge, misbehaving: None, action: str
) -> None:
    verdicts = judged([GOOD, doing(action), BAD, doing(action), GOOD], workers=1)
    assert [rules(verdict.findings) for verdict in verdicts] == [set(), set(), {"DAS202", "DAS204"}, set(), set()]


@pytest.mark.parametrize("action", ["babble", "shout", "print"])
def test_what_a_child_writes_reaches_only_its_own_answer(judged: Judge, misbehaving: None, action: str) -> None:
    verdicts = judged([GOOD, doing(action), GOOD, BAD, GOOD], workers=1)
    assert [verdict.accepted for verdict in (verdicts[0], verdicts[2], verdicts[4])] == [True] * 3
    assert rules(verdicts[3].findings) == {"DAS202", "DAS204"}
    assert rules(verdicts[1].findings) == (set() if action == "print" else {"DAS904"})


def test_a_child_has_no_descriptor_but_those_of_its_jobs_and_answers(judged: Judge, misbehaving: None) -> None:
    assert (
        only(judged([doing("list")])[0]).message == "the checker failed: Open5"
    )  # with 0, 1 and 2, which lead nowhere


FORGER = """
import json, os, struct, sys
def frame():
    head = os.read(0, 4)
    left, raw = struct.unpack(">I", head)[0], b""
    while len(raw) < left:
        raw += os.read(0, left - len(raw))
    return raw
def answer(nonce, raw, times=1):
    os.write(1, times * (struct.pack(">16siI", nonce, 0, len(raw)) + raw))
frame()
answer(bytes(16), b"")
while True:
    job = frame()
    raw = json.dumps({"findings": []}).encode()
    PLACEHOLDER
"""


@pytest.mark.parametrize(
    ("what", "rule"),
    [
        ("answer(job[:16], raw)", set()),
        ("answer(bytes(16), raw)", {"DAS904"}),
        ("answer(job[:16], raw, 2)", {"DAS904"}),
        ("os.write(1, job[:16] + bytes(4) + bytes([255] * 4))", {"DAS904"}),
        ("os.write(1, job[:20]); os._exit(0)", {"DAS901"}),
    ],
)
def test_only_an_answer_to_this_very_question_counts(
    monkeypatch: pytest.MonkeyPatch, judged: Judge, what: str, rule: set[str]
) -> None:
    monkeypatch.setattr(checker_process, "END_S", 0.5)
    code = FORGER.replace("PLACEHOLDER", what)
    monkeypatch.setattr(checker_process, "command", lambda: [sys.executable, "-I", "-c", code])
    for verdict in judged([GOOD, BAD, GOOD], workers=1):
        assert rules(verdict.findings) == rule


FINDING = [1, 1, "DAS203", "m", "e", "r", "error"]


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "[]",
        "{",
        "null",
        "[" * 60_000,
        "{}",
        '{"findings": [], "more": 1}',
        '{"findings": 1}',
        *[
            '{"findings": [' + json.dumps(finding) + "]}"
            for finding in (
                [*FINDING[:2], "DAS777", *FINDING[3:]],
                [*FINDING[:6], "info"],
                [-1, *FINDING[1:]],
                [True, *FINDING[1:]],
                [*FINDING[:3], ["m"], *FINDING[4:]],
                FINDING[:3],
                "text",
                None,
            )
        ],
    ],
)
def test_an_answer_of_another_form_is_a_refusal(judged: Judge, misbehaving: None, answer: str) -> None:
    assert only(judged([Program(f"# answer: {answer}".encode())], warm=False)[0]).rule == "DAS904"


def test_an_answer_that_says_why_there_is_none(judged: Judge, misbehaving: None) -> None:
    finding = only(judged([Program(b'# answer: {"failed": "PanicException"}')])[0])
    assert (finding.rule, finding.message) == ("DAS901", "the checker failed: PanicException")


def test_an_answer_that_is_too_long_is_a_refusal(judged: Judge) -> None:
    limits = GateLimits(answer_bytes=300)
    verdicts = judged([GOOD, BAD, GOOD], workers=1, limits=limits)
    assert [rules(verdict.findings) for verdict in verdicts] == [set(), {"DAS904"}, set()]


def test_time_that_is_too_short_refuses_everything(judged: Judge) -> None:
    verdicts = judged([GOOD, BAD], limits=GateLimits(wall_s=0.00001))
    assert [only(verdict).rule for verdict in verdicts] == ["DAS902"] * 2


def test_memory_that_is_too_small_refuses_what_needs_more(judged: Judge, policy: Policy) -> None:
    lines = "".join(f"    x{number} = [{number}, {number}.5]\n" for number in range(1800))
    large = Program(f"{HEAD}{lines}{TAIL}".encode())
    assert len(large.source) < policy.source.max_bytes
    assert judged([large])[0].accepted
    assert only(judged([large], limits=GateLimits(memory_bytes=1 << 20))[0]).rule in {"DAS012", "DAS901", "DAS903"}


def test_a_checker_that_is_killed_is_replaced(policy: Policy, contract: Contract, terms: Terms) -> None:
    programs = [numbered(number) for number in range(40)]
    verdicts = judge_all(programs, policy, contract, workers=1)
    killed, refused = set(), 0
    for number, (program, verdict) in enumerate(zip(programs, verdicts, strict=True)):
        if number % 10 == 5:  # in between, the next one starts and judges
            (checker,) = children_of(os.getpid())
            os.kill(checker, signal.SIGKILL)
            killed.add(checker)
        assert verdict.program == program.sha256
        if rules(verdict.findings) == {"DAS901"}:
            refused += 1  # it was being judged when its checker was killed
        else:
            assert verdict.findings == inspect(program.source, terms)
    assert len(killed) == 4
    assert refused <= 4


def test_a_checker_that_is_killed_while_it_judges_has_refused(
    policy: Policy, contract: Contract, misbehaving: None
) -> None:
    verdicts = judge_all([GOOD, doing("sleep"), GOOD, GOOD], policy, contract, workers=1)
    assert next(verdicts).accepted
    (checker,) = children_of(os.getpid())
    while not children_of(checker):
        time.sleep(0.01)
    os.kill(checker, signal.SIGKILL)
    assert only(next(verdicts)).rule == "DAS901"
    assert [verdict.accepted for verdict in verdicts] == [True, True]


def test_a_checker_that_is_killed_while_it_starts_is_our_failure(policy: Policy, contract: Contract) -> None:
    def programs() -> Iterator[Program]:
        yield GOOD
        for checker in children_of(os.getpid()):
            os.kill(checker, signal.SIGKILL)
        yield GOOD

    with pytest.raises(GateError, match="could not be started: it ended with status -9"):
        list(judge_all(programs(), policy, contract, workers=1))


@pytest.mark.parametrize("command", [["/nonexistent/python"], ["/bin/false"], ["/bin/echo", "no frame " * 10]])
def test_a_checker_that_does_not_start_is_our_failure(
    monkeypatch: pytest.MonkeyPatch, policy: Policy, contract: Contract, command: list[str]
) -> None:
    monkeypatch.setattr(checker_process, "command", lambda: command)
    with pytest.raises(GateError, match="could not be started") as caught:
        list(judge_all([GOOD, BAD], policy, contract))
    assert caught.value.exit_code == EXIT_COULD_NOT_COMPLETE


def test_a_checker_that_never_gets_ready_is_our_failure(
    monkeypatch: pytest.MonkeyPatch, policy: Policy, contract: Contract
) -> None:
    monkeypatch.setattr(checker_process, "command", lambda: ["/bin/sleep", "60"])
    monkeypatch.setattr(worker, "START_S", 0.2)
    monkeypatch.setattr(checker_process, "END_S", 0.2)
    with pytest.raises(GateError, match="not ready within"):
        list(judge_all([GOOD], policy, contract))
