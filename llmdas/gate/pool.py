"""The gate for many programs: warm checker processes on every core, verdicts in order, read a little ahead."""

from __future__ import annotations

import json
import os
import select
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from llmdas.checker_process import CheckerProcess
from llmdas.gate.answer import Findings
from llmdas.gate.bundle import bundle_digest
from llmdas.gate.catalogue import CATALOGUE
from llmdas.gate.limits import GateLimits
from llmdas.gate.rules import load_rules
from llmdas.gate.terms import Terms, terms_of
from llmdas.gate.worker import Worker
from llmdas.program import Program, Verdict

if TYPE_CHECKING:
    from llmdas.contract import Contract
    from llmdas.policy import Policy

MAX_WORKERS = 8
_AHEAD = 4  # programs read for each worker before the first of them is asked for


def judge_all(
    programs: Iterable[Program],
    policy: Policy,
    contract: Contract,
    *,
    workers: int | None = None,
    limits: GateLimits | None = None,
    warm: bool = True,
    process: CheckerProcess | None = None,
) -> Generator[Verdict, None, None]:
    """Judge many programs and yield their verdicts in order.

    Each program is judged in a child process of its own, so nothing that happens there reaches another's verdict. One
    that crashes, is killed, takes too long, needs too much memory or answers garbage is refused with a DAS9xx finding.
    Processes are started as they are needed, and are gone when the iterator ends or is closed.

    Args:
        programs: read a few for each worker ahead of the verdicts.
        policy: what programs may use.
        contract: what they must define.
        workers: processes at once; None is one for each core, 8 at most.
        limits: what one judgement may use.
        warm: go through all checks once before the first program; pays off from a few programs on.
        process: one that was started before and is used first; whoever started it ends it where it may not be used.

    Raises:
        GateError: the checker cannot be started at all.
        ResourceError: the rule files that ship do not load.
    """
    terms = terms_of(policy, contract, load_rules())
    count = max(workers or min(os.cpu_count() or 1, MAX_WORKERS), 1)
    pool = _Pool(terms, limits or GateLimits(), count, warm)
    pool.spare = process
    return _verdicts(pool, programs, bundle_digest(policy), contract.digest)


def _verdicts(pool: _Pool, programs: Iterable[Program], policy: str, contract: str) -> Generator[Verdict, None, None]:
    try:
        for program, findings in pool.judged(iter(programs)):
            yield Verdict(program.sha256, policy, contract, findings)
    finally:
        pool.stop()


class _Task:
    """One program on its way; `findings` is None until it is judged."""

    __slots__ = ("findings", "program")

    def __init__(self, program: Program, findings: Findings | None) -> None:
        self.program, self.findings = program, findings


class _Pool:
    def __init__(self, terms: Terms, limits: GateLimits, count: int, warm: bool) -> None:
        self.terms, self.limits, self.count = terms, limits, count
        self.setup = json.dumps({"terms": terms.as_json(), "limits": asdict(limits), "warm": warm}).encode()
        self.known = frozenset(CATALOGUE) | {pattern["id"] for pattern in terms.patterns}
        self.spare: CheckerProcess | None = None
        self.workers: dict[Worker, _Task | None] = {}
        self.tasks: deque[_Task] = deque()  # all that were not yielded, in order
        self.waiting: deque[_Task] = deque()  # those that no worker has

    def judged(self, programs: Iterator[Program]) -> Iterator[tuple[Program, Findings]]:
        """Yield each program with its findings, in order."""
        more = True
        while more or self.tasks:
            while more and len(self.tasks) < _AHEAD * self.count:
                program = next(programs, None)
                more = program is not None
                if program is not None:
                    self._take(program)
                    self._hand_out()
            if not self.tasks:
                return
            if self.tasks[0].findings is None:
                self._wait()
                self._hand_out()
                continue
            task = self.tasks.popleft()
            yield task.program, task.findings or ()

    def _take(self, program: Program) -> None:
        findings = None
        if len(program.source) > self.terms.limits["max_bytes"]:
            from llmdas.gate.inspection import inspect

            findings = inspect(program.source, self.terms)  # no more than a comparison, and it spares the pipe
        task = _Task(program, findings)
        self.tasks.append(task)
        if findings is None:
            self.waiting.append(task)

    def _hand_out(self) -> None:
        """Give waiting programs to idle workers; start workers while there are too few."""
        for worker in [worker for worker in self.workers if worker.dead]:
            worker.stop()
            del self.workers[worker]
        for worker in [worker for worker in self.workers if worker.idle]:
            if self.waiting and worker.give(self.waiting[0].program):
                self.workers[worker] = self.waiting.popleft()
        starting = sum(not worker.ready for worker in self.workers)
        while starting < len(self.waiting) and len(self.workers) < self.count:
            self.workers[Worker(self.setup, self.limits, self.known, self.spare)] = None
            self.spare = None
            starting += 1

    def _wait(self) -> None:
        """Wait until a worker answers, is ready or must be given up."""
        busy = [worker for worker in self.workers if worker.busy]
        events = select.poll()
        for descriptor, event in (pair for worker in busy for pair in worker.awaited()):
            events.register(descriptor, event)
        left = min((worker.deadline for worker in busy), default=0.0) - time.monotonic()
        events.poll(max(left, 0.0) * 1000)
        for worker in busy:
            findings = worker.step()
            task = self.workers[worker]
            if findings is not None and task is not None:
                task.findings, self.workers[worker] = findings, None

    def stop(self) -> None:
        """End every process."""
        for worker in self.workers:
            worker.stop()
        self.workers.clear()
