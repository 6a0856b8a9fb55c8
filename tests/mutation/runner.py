"""Judges samples under mutants of the gate: each mutant in a child of its own, with a limit on time and memory."""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from llmdas.gate.terms import Terms

from .sample import Sample

WALL_S = 60.0
MEMORY_BYTES = 4 << 30


def _nothing() -> None:
    pass


def _same(terms: Terms) -> Terms:
    return terms


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change that makes the gate worse.

    Attributes:
        group: what was changed, one line of the figure each.
        name: what exactly, unique in its group.
        samples: those that can matter; when none fails, the mutant has survived.
        terms: makes the changed terms out of those that ship.
        prepare: changes code of this process; called in the child only.
    """

    group: str
    name: str
    samples: Sequence[Sample] = field(repr=False)
    terms: Callable[[Terms], Terms] = _same
    prepare: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mutant; `killer` is the sample that fails under it, empty when none does."""

    mutant: Mutant
    killer: str
    fault: str


def baseline(samples: Iterable[Sample], terms: Terms) -> list[str]:
    """Return one line for every sample whose verdict is not as it names, with nothing changed."""
    return [f"{sample.name} {fault}" for sample in samples if (fault := sample.fault(terms))]


def run(mutants: Iterable[Mutant], terms: Terms, *, workers: int = 2, wall_s: float = WALL_S) -> Iterator[Outcome]:
    """Yield the outcome of every mutant, in no certain order.

    Args:
        mutants: what to judge.
        terms: policy, contract and rules as they ship.
        workers: children at a time.
        wall_s: seconds for one mutant; a checker that takes longer has refused what it judges, so it counts as killed.

    Raises:
        RuntimeError: a child could not even make its mutant.
    """
    waiting, running = deque(mutants), dict[int, tuple[Mutant, int, float]]()
    while waiting or running:
        while waiting and len(running) < workers:
            mutant = waiting.popleft()
            pipe, pid = _start(mutant, terms)
            running[pipe] = (mutant, pid, time.monotonic() + wall_s)
        ready = select.select(list(running), [], [], 0.5)[0]
        late = [pipe for pipe, (_, _, end) in running.items() if pipe not in ready and time.monotonic() > end]
        for pipe in (*ready, *late):
            mutant, pid, _ = running.pop(pipe)
            yield _finish(mutant, pipe, pid, late=pipe in late)


def _start(mutant: Mutant, terms: Terms) -> tuple[int, int]:
    read, write = os.pipe()
    pid = os.fork()
    if pid:
        os.close(write)
        return read, pid
    try:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        os.write(write, _judge(mutant, terms).encode("utf-8", "replace")[:4000])
    finally:
        os._exit(0)


def _judge(mutant: Mutant, terms: Terms) -> str:
    """Return a word and, for a killed mutant, the sample and what is wrong; runs in the child."""
    try:
        mutant.prepare()
        changed = mutant.terms(terms)
    except Exception as error:  # noqa: BLE001,RUF100 - told to the parent, which raises
        return f"broken\n{type(error).__name__}: {error}"
    for sample in mutant.samples:
        try:
            fault = sample.fault(changed)
        except BaseException as error:  # noqa: BLE001,RUF100 - a checker that fails has refused the sample
            fault = f"makes the checker fail: {type(error).__name__}: {error}"
        if fault:
            return f"killed\n{sample.name}\n{fault}"
    return "survived"


def _finish(mutant: Mutant, pipe: int, pid: int, *, late: bool) -> Outcome:
    if late:
        os.kill(pid, signal.SIGKILL)
    answer = b""
    while part := os.read(pipe, 1 << 16):
        answer += part
    os.close(pipe)
    os.waitpid(pid, 0)
    word, *rest = answer.decode("utf-8", "replace").split("\n", 2)
    if word == "survived":
        return Outcome(mutant, "", "")
    if word == "killed":
        return Outcome(mutant, rest[0], rest[1])
    if word == "broken":
        raise RuntimeError(f"The mutant {mutant.group}: {mutant.name} cannot be made: {rest[0]}.")
    return Outcome(mutant, "(the checker)", "takes too long" if late else "is killed, most likely for memory")
