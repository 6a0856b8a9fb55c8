"""The checker's process, run as a script: loads what judges once, then forks children that judge the programs.

A fork costs as much as a verdict, so one child judges several programs, one after the other. None of them can touch
another's verdict: a program is parsed and looked at, never run, and what a check keeps from one to the next is derived
from the terms alone or found again by the whole text it was made from. Should a program break its child all the same -
a crash, a lack of memory, an exception, an answer of a wrong form -, that child is gone, and the program is judged once
more, in a child that has seen no other; what happens there counts. A child has limits: of memory as a whole, of time
and CPU time anew for each program. It gets two pipes that only its programs and its answers go through, so no program
reaches an answer that was given before. This process never looks at a program or an answer itself.

Frames, all numbers big-endian: to here a length (4 bytes) and the content, first the JSON of `Worker`, then for each
program 16 bytes of nonce and the source. From here the nonce, the child's exit status (4 bytes, negative for a signal,
`TOO_LONG` in place of an answer that is), a length (4 bytes) and the child's answer. The first one, with an empty
nonce, says that all is loaded. To a child a length and a source; from it whether it could judge (1 byte), a length and
the answer.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import select
import signal
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import astuple
from types import ModuleType
from typing import Any, NoReturn

NONCE = 16
HEADER = struct.Struct(f">{NONCE}siI")
LENGTH = struct.Struct(">I")
ANSWER = struct.Struct(">?I")
SHARED = 32  # programs that one child judges at most
CANNOT_FORK = 71  # EX_OSERR of sysexits.h
TOO_LONG = 256  # beyond all that a process can exit with
_OUT_OF_MEMORY = b'{"failed": "memory"}'
Check = Callable[[bytes], bytes]


def main(llmdas: str, llmdas_sandbox: str, restricted_python: str, ast_grep: str) -> None:
    """Serve until the parent closes its end; the arguments are the folders of four packages."""
    os.closerange(3, 1 << 20)  # whatever else the parent left open
    jobs, answers = os.dup(0), os.dup(1)
    os.dup2(2, 0)
    os.dup2(2, 1)  # nothing that a check prints may reach the answers
    os.chdir("/")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _bare_package("llmdas", llmdas)
    _bare_package("llmdas.gate", f"{llmdas}/gate")
    _bare_package("llmdas_sandbox", llmdas_sandbox)
    _bare_package("RestrictedPython", restricted_python)
    sys.path.append(os.path.dirname(ast_grep))  # noqa: PTH120 - pathlib is not loaded here
    make_check = _load()  # while the parent still loads its part
    setup = json.loads(_receive(jobs) or b"null")
    if setup is None:
        return
    check = make_check(setup)
    gc.freeze()
    gc.disable()  # children are short-lived
    os.write(answers, HEADER.pack(b"", 0, 0))
    judges = _Judges(check, setup["limits"], (jobs, answers))
    while job := _receive(jobs):
        status, raw = judges.judge(job[NONCE:])
        _send(answers, HEADER.pack(job[:NONCE], status, len(raw)) + raw)
    judges.stop()


def _bare_package(name: str, folder: str) -> None:
    """Make a package's modules importable without its ``__init__``; fixes where its code comes from."""
    package = ModuleType(name)
    package.__path__ = [folder]
    sys.modules[name] = package


def _load() -> Callable[[dict[str, Any]], Check]:
    """Import all that judges, and return what makes a check of a setup."""
    from llmdas.gate.inspection import inspect
    from llmdas.gate.terms import Terms

    def make_check(setup: dict[str, Any]) -> Check:
        terms = Terms.from_json(setup["terms"])

        def check(source: bytes) -> bytes:
            findings = [astuple(finding) for finding in inspect(source, terms)]
            return json.dumps({"findings": findings}).encode()

        if setup["warm"]:  # go through it all once, which is worth it for more than one program
            check(f"import numpy as np\n\n\ndef {terms.interface.signature}:\n    return missing.shape\n".encode())
        return check

    return make_check


class _Judges:
    """Forks the children that judge; one at a time, each for `SHARED` programs at most."""

    def __init__(self, check: Check, limits: dict[str, Any], ends: tuple[int, int]) -> None:
        self._check, self._limits, self._ends = check, limits, ends
        self._pid = self._jobs = self._answers = self._given = 0

    def judge(self, source: bytes) -> tuple[int, bytes]:
        """Return the exit status, 0 for a child that lives, and the answer on one program."""
        if self._given and _readable(self._answers):  # it says something unasked, or has ended
            self._end(kill=True)
        shared = self._given > 0
        sure, status, raw = self._ask(source)
        if shared and not sure:
            _, status, raw = self._ask(source)
        return status, raw

    def _ask(self, source: bytes) -> tuple[bool, int, bytes]:
        """Ask the child, a new one if there is none; say also whether another one need not be asked."""
        if not self._given:
            self._fork()
        self._given += 1
        with suppress(BrokenPipeError):  # it has ended, which shows below
            _send(self._jobs, LENGTH.pack(len(source)) + source)
        raw = _collect(self._answers, self._ends[0], ANSWER.size + self._limits["answer_bytes"])
        if raw is None:
            self.stop()
            os._exit(0)
        judged, size = _framed(raw)
        if size > ANSWER.size + self._limits["answer_bytes"]:
            self._end(kill=True)
            return False, TOO_LONG, b""
        if len(raw) > size:
            self._end(kill=True)
            return False, 0, raw  # with what is around it, it is no answer
        if len(raw) == size and judged:
            if self._given >= SHARED:
                self._end()
            return True, 0, raw[ANSWER.size :]
        status = self._end()
        return -status in (signal.SIGALRM, signal.SIGXCPU), status, raw[ANSWER.size :]

    def stop(self) -> None:
        """End the child, if there is one, whatever it does."""
        if self._given:
            self._end(kill=True)

    def _fork(self) -> None:
        theirs, self._jobs = os.pipe()
        self._answers, answers = os.pipe()
        try:
            self._pid = os.fork()
        except OSError:
            os._exit(CANNOT_FORK)
        if self._pid == 0:
            for descriptor in (*self._ends, self._jobs, self._answers):
                os.close(descriptor)
            _serve(self._check, self._limits, theirs, answers)
        os.close(theirs)
        os.close(answers)

    def _end(self, *, kill: bool = False) -> int:
        """End the child and return its exit status; it ends by itself when it has nothing more to read."""
        if kill:
            os.kill(self._pid, signal.SIGKILL)
        os.close(self._jobs)
        os.close(self._answers)
        self._given = 0
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])


def _serve(check: Check, limits: dict[str, Any], jobs: int, answers: int) -> NoReturn:
    """In the child: the limits, then for each program the timers, the check and one answer, until one fails."""
    status = 1
    try:
        _limit(resource.RLIMIT_AS, limits["memory_bytes"], limits["memory_bytes"])
        judged = True
        while judged and (source := _receive(jobs)) is not None:
            # SIGXCPU at the first bound, SIGKILL at the second, which holds for all programs and cannot be raised.
            _limit(
                resource.RLIMIT_CPU, int(time.process_time() + 0.9) + limits["cpu_s"], SHARED * (limits["cpu_s"] + 1)
            )
            signal.setitimer(signal.ITIMER_REAL, limits["wall_s"])  # its signal ends the process
            judged, raw = _answer_of(check, source)
            _send(answers, ANSWER.pack(judged, len(raw)) + raw)
            signal.setitimer(signal.ITIMER_REAL, 0)
        status = 0
    finally:
        os._exit(status)


def _framed(raw: bytes) -> tuple[bool, int]:
    """Return whether a child could judge, and how long its whole answer is."""
    if len(raw) < ANSWER.size:
        return False, ANSWER.size
    judged, length = ANSWER.unpack_from(raw)
    return judged, ANSWER.size + length


def _readable(descriptor: int) -> bool:
    events = select.poll()
    events.register(descriptor, select.POLLIN)
    return bool(events.poll(0))


def _answer_of(check: Check, source: bytes) -> tuple[bool, bytes]:
    """Return whether the check came to its end, and what it found or how it failed."""
    try:
        return True, check(source)
    except MemoryError:
        return False, _OUT_OF_MEMORY
    except BaseException as error:  # noqa: BLE001,RUF100 - a panic inside ast-grep is a BaseException
        return False, json.dumps({"failed": type(error).__name__}).encode()


def _limit(what: int, soft: int, hard: int) -> None:
    """Set a limit; never above the one that is there."""
    there = resource.getrlimit(what)[1]
    bound = hard if there == resource.RLIM_INFINITY else min(hard, there)
    resource.setrlimit(what, (min(soft, bound), bound))


def _collect(descriptor: int, jobs: int, bound: int) -> bytes | None:
    """Read one answer, or what there is to the end, one byte more than `bound` at most; None when the parent left."""
    events = select.poll()
    events.register(descriptor, select.POLLIN)
    events.register(jobs, select.POLLIN)  # the parent sends nothing now, so this can only be its end
    raw = b""
    while len(raw) < min(_framed(raw)[1], bound + 1):
        if any(ready == jobs for ready, _ in events.poll()):
            return None
        part = os.read(descriptor, min(1 << 16, bound + 1 - len(raw)))
        if not part:
            break
        raw += part
    return raw


def _receive(descriptor: int) -> bytes | None:
    """Return the next frame's content, or None when there is none."""
    head = _exactly(descriptor, LENGTH.size)
    return _exactly(descriptor, LENGTH.unpack(head)[0]) if head else None


def _exactly(descriptor: int, size: int) -> bytes | None:
    raw = b""
    while len(raw) < size:
        part = os.read(descriptor, size - len(raw))
        if not part:
            return None
        raw += part
    return raw


def _send(descriptor: int, raw: bytes) -> None:
    view = memoryview(raw)
    while view:
        view = view[os.write(descriptor, view) :]


if __name__ == "__main__":
    main(*sys.argv[1:5])
