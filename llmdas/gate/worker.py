"""One checker process as its parent sees it: started once, then given one program after the other."""

from __future__ import annotations

import os
import select
import time

from llmdas.checker_process import CheckerProcess, could_not_start
from llmdas.gate.answer import Findings, findings_in, refusal
from llmdas.gate.child import CANNOT_FORK, HEADER, LENGTH, NONCE
from llmdas.gate.limits import GateLimits
from llmdas.program import Program

START_S = 60.0  # a start takes a tenth of a second; a machine that needs a minute judges nothing
GRACE_S = 2.0  # the child's own timer comes first


class Worker:
    """A checker process. It may die at any time; then it has refused the program that it was given, and is `dead`.

    Attributes:
        program: what it judges now, or None.
        ready: it has loaded all that judges.
        dead: it will not answer again; `stop` it and start another.
        deadline: when it must have answered, or be ready, in seconds of `time.monotonic`.
    """

    def __init__(
        self, setup: bytes, limits: GateLimits, known: frozenset[str], process: CheckerProcess | None = None
    ) -> None:
        """Set the process up.

        Args:
            setup: JSON of ``terms``, ``limits`` and ``warm``, see `child.main`.
            limits: what one judgement may use.
            known: identifiers of all rules.
            process: one that was started before; None starts one.

        Raises:
            GateError: the system starts no process.
        """
        self.limits, self.known = limits, known
        self.program: Program | None = None
        self.dead = False
        self.deadline = time.monotonic() + START_S
        self.ready = False
        self._nonce = bytes(NONCE)
        self._out, self._in = memoryview(LENGTH.pack(len(setup)) + setup), bytearray()
        self._process = CheckerProcess() if process is None else process

    @property
    def idle(self) -> bool:
        """True when it can be given a program."""
        return self.ready and self.program is None and not self.dead

    @property
    def busy(self) -> bool:
        """True when it will answer, or be ready, by its deadline."""
        return not self.dead and not self.idle

    def give(self, program: Program) -> bool:
        """Hand one program to an idle worker; False when it is `dead`, for it has gone or said something unasked."""
        if self._read() or self._in:
            self.dead = True
            return False
        self.program, self._nonce = program, os.urandom(NONCE)
        job = self._nonce + program.source
        self._out = memoryview(LENGTH.pack(len(job)) + job)
        self.deadline = time.monotonic() + self.limits.wall_s + GRACE_S
        self._write()
        return True

    def awaited(self) -> list[tuple[int, int]]:
        """Return descriptors and events of `select.poll` to wait for."""
        writing = [(self._process.jobs, select.POLLOUT)] if self._out else []
        return [(self._process.answers, select.POLLIN), *writing]

    def step(self) -> Findings | None:
        """Move what can be moved without waiting; return the findings when they are complete.

        Raises:
            GateError: the process could not be made ready, which says nothing about a program.
        """
        self._write()
        ended = self._read()
        findings = self._answer()
        if findings is None and not self.dead and (ended or time.monotonic() > self.deadline):
            findings = self._give_up(ended)
        if findings is not None:
            self.program = None
        return findings

    def _write(self) -> None:
        try:
            while self._out:
                self._out = self._out[os.write(self._process.jobs, self._out) :]
        except BlockingIOError:
            pass
        except OSError:
            self._out = memoryview(b"")  # it has closed its end; reading tells

    def _read(self) -> bool:
        """Take in what has come; True when nothing more can come."""
        while len(self._in) <= HEADER.size + self.limits.answer_bytes:
            try:
                part = os.read(self._process.answers, 1 << 16)
            except BlockingIOError:
                return False
            if not part:
                return True
            self._in += part
        return False

    def _answer(self) -> Findings | None:
        if len(self._in) < HEADER.size:
            return None
        nonce, status, length = HEADER.unpack_from(self._in)
        end = HEADER.size + length
        if len(self._in) < end and length <= self.limits.answer_bytes:
            return None
        raw, surplus = bytes(self._in[HEADER.size : end]), len(self._in) - end
        self._in.clear()
        if nonce != self._nonce or surplus:  # also when it is longer than it may be
            self.dead = True
            if self.program is None:
                raise could_not_start("it does not speak as it should")
            return refusal("DAS904", "the checker's answer is not of the expected form")
        self.ready = True
        return None if self.program is None else findings_in(raw, status, self.known)

    def _give_up(self, ended: bool) -> Findings:
        """Say why no answer will come."""
        self.dead = True
        status = self.stop()
        how = f"it ended with status {status}" if ended else f"it was not ready within {START_S:g} seconds"
        if self.program is None:
            raise could_not_start(how)
        if status == CANNOT_FORK:
            raise could_not_start("the system starts no further process")
        if not ended:
            return refusal("DAS902", f"the checker was stopped after {self.limits.wall_s:g} seconds")
        return refusal("DAS901", f"the checker ended with status {status}")

    def stop(self) -> int:
        """End the process; safe to call twice. Returns its exit status."""
        self.dead = True
        return self._process.stop()
