"""The bounded loop: ask for a program, judge it, try it on toy tables, send what was wrong back, at most N times.

Every attempt is kept, accepted or not. Failures of the sandbox or the endpoint end the loop; they are never sent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from llmdas.contract import Contract
from llmdas.digest import sha256
from llmdas.execution import Accepted
from llmdas.llm.extract import ExtractionFault, extract_program
from llmdas.llm.interface import LLM, ChatAnswer, ChatRequest, Message, Sampling
from llmdas.program import Program, Verdict
from llmdas.prompting.feedback import Stage, fault_text, finding_text, repair_prompt
from llmdas.prompting.templates import Prompt
from llmdas.trial import Trial


class Judge(Protocol):
    """Gives the verdict on a program (`llmdas.gate.judge` with policy and contract bound)."""

    def __call__(self, program: Program) -> Verdict:
        """Judge exactly these bytes."""


class TryOut(Protocol):
    """Runs the trial of an accepted program (`llmdas.trial.run_trial` with sandbox and detector bound)."""

    def __call__(self, accepted: Accepted) -> Trial:
        """Try an accepted program."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One answer of the LLM and everything that became of it.

    Attributes:
        number: 1-based within its dialogue.
        request: exactly what was sent.
        answer: exactly what came back.
        program: None when no program could be taken from the answer.
        extraction: why no program could be taken, or None.
        verdict: None when there was no program.
        trial: None when the gate refused.
        problems: what the next request would have to mend; empty when accepted.
    """

    number: int
    request: ChatRequest
    answer: ChatAnswer
    program: Program | None
    extraction: ExtractionFault | None
    verdict: Verdict | None
    trial: Trial | None
    problems: tuple[str, ...]

    @property
    def accepted(self) -> Accepted | None:
        """The program with its verdict, when gate and trial both passed."""
        if self.program and self.verdict and self.trial and self.verdict.accepted and self.trial.accepted:
            return Accepted(self.program, self.verdict)
        return None

    @property
    def stage(self) -> Stage:
        """How far the attempt came: where its problems, if any, were found."""
        if self.verdict is None:
            return "extraction"
        return "gate" if self.trial is None else "trial"

    def as_json(self) -> dict[str, Any]:
        """Return what a record of the attempt needs, without the texts, which stand in files of their own."""
        return {
            "number": self.number,
            "request_sha256": self.request.digest,
            "answer_sha256": sha256(self.answer.text.encode()),
            "llm_seed": self.request.sampling.seed,
            "finish_reason": self.answer.finish_reason,
            "model": self.answer.model,
            "recorded": self.answer.recorded,
            "usage": self.answer.usage,
            "program_sha256": self.program.sha256 if self.program else None,
            "stage": self.stage,
            "accepted": self.accepted is not None,
            "problems": list(self.problems),
        }


@dataclass(frozen=True, slots=True)
class Dialogue:
    """All attempts at one program, in order; only the last can be accepted."""

    attempts: tuple[Attempt, ...]

    @property
    def accepted(self) -> Accepted | None:
        """The accepted program, or None when all attempts were used up."""
        return self.attempts[-1].accepted if self.attempts else None


def write_program(
    llm: LLM,
    opening: tuple[Prompt, Prompt],
    sampling: Sampling,
    contract: Contract,
    *,
    judge: Judge,
    try_out: TryOut,
    max_attempts: int,
    on_attempt: Callable[[Attempt], None],
) -> Dialogue:
    """Hold one dialogue until a program is accepted or `max_attempts` answers were used.

    Args:
        opening: system prompt and program request.
        on_attempt: told every attempt as soon as it is judged, so that none is lost when a later step fails.

    Raises:
        LLMError: the endpoint failed or a recording is missing.
        SandboxFailure: the sandbox failed.
    """
    system, request = opening
    messages: tuple[Message, ...] = (Message("system", system.text), Message("user", request.text))
    attempts: list[Attempt] = []
    while True:
        chat = ChatRequest(messages, sampling)
        attempt = _one_attempt(len(attempts) + 1, llm, chat, contract, judge=judge, try_out=try_out)
        attempts.append(attempt)
        on_attempt(attempt)
        if attempt.accepted or len(attempts) >= max_attempts:
            return Dialogue(tuple(attempts))
        feedback = repair_prompt(attempt.stage, attempt.problems, contract)
        messages = (*messages, Message("assistant", attempt.answer.text), Message("user", feedback.text))


def _one_attempt(
    number: int, llm: LLM, request: ChatRequest, contract: Contract, *, judge: Judge, try_out: TryOut
) -> Attempt:
    answer = llm.complete(request)
    found = extract_program(answer, contract.function)
    if isinstance(found, ExtractionFault):
        return Attempt(number, request, answer, None, found, None, None, (found.message,))
    verdict = judge(found)
    if not verdict.accepted:
        problems = tuple(finding_text(finding) for finding in verdict.findings)
        return Attempt(number, request, answer, found, None, verdict, None, problems)
    trial = try_out(Accepted(found, verdict))
    source = found.source.decode(errors="replace")
    problems = tuple(fault_text(table, fault.line, source, _told(fault.exception, fault.message))
                     for table, fault in trial.faults)  # fmt: skip
    return Attempt(number, request, answer, found, None, verdict, trial, problems)


def _told(exception: str, message: str) -> str:
    return f"{exception}: {message}" if exception else message
