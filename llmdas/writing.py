"""The writing world from end to end: describe the detector, then one dialogue per program. Holds no row, ever.

Import contracts keep `data`, `enhance` and `bench` out of here, so nothing seen on real rows can reach a prompt.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from llmdas.errors import LLMError
from llmdas.execution import Accepted, Rig
from llmdas.gate import judge
from llmdas.llm.extract import ExtractionFault, extract_description
from llmdas.llm.interface import LLM, ChatAnswer, ChatRequest, Message, Sampling
from llmdas.program import Program, Verdict
from llmdas.prompting.requests import Aim, description_prompt, load_aims, program_prompt, system_prompt
from llmdas.repair import Attempt, Dialogue, write_program
from llmdas.trial import Trial, run_trial

Say = Callable[[str], None]


class Keep(Protocol):
    """Where records go (`llmdas.governance.run_folder.RunFolder`)."""

    def write(self, name: str, data: bytes | str) -> object:
        """Keep one file, whole or not at all."""

    def write_json(self, name: str, value: Any) -> object:
        """Keep one JSON file."""


@dataclass(frozen=True, slots=True)
class WrittenProgram:
    """One program that was asked for: its aim, and the dialogue that did or did not end in an accepted program."""

    name: str
    aim: Aim
    dialogue: Dialogue

    @property
    def accepted(self) -> Accepted | None:
        """The accepted program with its verdict, or None."""
        return self.dialogue.accepted


@dataclass(frozen=True, slots=True)
class Written:
    """What the writing world leaves: the LLM's description of the detector and every dialogue.

    `description_request` is the digest of the request that the description answers.
    """

    description: str
    description_request: str
    programs: tuple[WrittenProgram, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """All that the writing world works with; none of it is data."""

    llm: LLM
    rig: Rig
    sampling: Sampling
    max_attempts: int
    say: Say
    keep: Keep


def write_programs(desk: Desk, count: int) -> Written:
    """Ask for a description and then for `count` programs, each in a dialogue of its own.

    Raises:
        LLMError: the endpoint failed, a recording is missing, or the description is no description.
        SandboxFailure: the sandbox failed.
    """
    description, request = _describe(desk)
    aims = load_aims()
    programs = []
    for index in range(count):
        aim = aims[index % len(aims)]
        dialogue = _dialogue(desk, f"program-{index + 1}", description, aim, index)
        programs.append(WrittenProgram(f"program-{index + 1}", aim, dialogue))
    return Written(description, request.digest, tuple(programs))


def _describe(desk: Desk) -> tuple[str, ChatRequest]:
    prompt = description_prompt(desk.rig.entry)
    request = ChatRequest((Message("system", system_prompt().text), Message("user", prompt.text)), desk.sampling)
    desk.say(f"describe: asking how {desk.rig.entry.title} works and what it misses")
    answer = desk.llm.complete(request)
    _keep_exchange(desk.keep, "description", request, answer)
    text = extract_description(answer)
    if isinstance(text, ExtractionFault):
        raise LLMError(f"The description of {desk.rig.entry.title} is not usable: {text.message}.", "Run again.")
    return text, request


def _dialogue(desk: Desk, name: str, description: str, aim: Aim, index: int) -> Dialogue:
    rig = desk.rig
    opening = (system_prompt(), program_prompt(rig.entry, description, aim, rig.contract, rig.policy))
    desk.say(f"{name}: asking for a program ({aim.name})")

    def judge_it(program: Program) -> Verdict:
        return judge(program, rig.policy, rig.contract)

    def try_out(accepted: Accepted) -> Trial:
        desk.say(f"{name}: accepted by the gate, now tried on toy tables")
        return run_trial(rig, accepted)

    def on_attempt(attempt: Attempt) -> None:
        _keep_attempt(desk.keep, f"{name}/attempt-{attempt.number}", attempt)
        desk.say(f"{name}: attempt {attempt.number} {_outcome(attempt)}")

    # The seed tells equal requests for several programs apart, live and in the recordings.
    sampling = replace(desk.sampling, seed=desk.sampling.seed + index)
    return write_program(
        desk.llm,
        opening,
        sampling,
        rig.contract,
        judge=judge_it,
        try_out=try_out,
        max_attempts=desk.max_attempts,
        on_attempt=on_attempt,
    )


def _outcome(attempt: Attempt) -> str:
    if attempt.accepted:
        assert attempt.trial is not None  # noqa: S101 - an accepted attempt has a trial; tells the type checker
        return f"accepted: passed gate and trial ({len(attempt.trial.tables)} toy tables)"
    count = len(attempt.problems)
    what = {"extraction": "gave no program", "gate": "refused by the gate", "trial": "failed on toy tables"}[
        attempt.stage
    ]
    return f"{what} ({count} problem{'s' if count != 1 else ''}): {attempt.problems[0][:160]}"


def _keep_exchange(keep: Keep, folder: str, request: ChatRequest, answer: ChatAnswer) -> None:
    keep.write_json(f"{folder}/request.json", request.body())
    keep.write(f"{folder}/prompt.md", request.messages[-1].content)
    keep.write(f"{folder}/answer.md", answer.text)


def _keep_attempt(keep: Keep, folder: str, attempt: Attempt) -> None:
    _keep_exchange(keep, folder, attempt.request, attempt.answer)
    if attempt.program:
        keep.write(f"{folder}/program.py", attempt.program.source)
    if attempt.verdict:
        keep.write(f"{folder}/verdict.json", json.dumps(attempt.verdict.as_json(), indent=2, ensure_ascii=False) + "\n")
    if attempt.trial:
        keep.write_json(f"{folder}/trial.json", attempt.trial.as_json())
    keep.write_json(f"{folder}/attempt.json", attempt.as_json())
