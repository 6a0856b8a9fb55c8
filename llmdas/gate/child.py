"""The checker's process, run as a script: loads what judges once, then forks a child of its own for every program.

Nothing that one program does to its child reaches another's: the child gets a pipe that only its own answer goes
through, has the limits, and ends with the program. This process never looks at a program or an answer itself.

Frames, all numbers big-endian: to here a length (4 bytes) and the content, first the JSON of `Worker`, then for each
program 16 bytes of nonce and the source. From here the nonce, the child's exit status (4 bytes, negative for a signal,
`TOO_LONG` in place of an answer that is), a length (4 bytes) and the child's answer. The first one, with an empty
nonce, says that all is loaded.
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
from collections.abc import Callable
from dataclasses import astuple
from types import ModuleType
from typing import Any, NoReturn

NONCE = 16
HEADER = struct.Struct(f">{NONCE}siI")
LENGTH = struct.Struct(">I")
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
    while job := _receive(jobs):
        status, raw = _in_child(check, job[NONCE:], setup["limits"], (jobs, answers))
        _send(answers, HEADER.pack(job[:NONCE], status, len(raw)) + raw)


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


def _in_child(check: Check, source: bytes, limits: dict[str, Any], ends: tuple[int, int]) -> tuple[int, bytes]:
    """Fork, check in the child, and return its exit status and its answer."""
    ours, theirs = os.pipe()
    try:
        child = os.fork()
    except OSError:
        os._exit(CANNOT_FORK)
    if child == 0:
        for descriptor in (*ends, ours):
            os.close(descriptor)
        _answer(check, source, limits, theirs)
    os.close(theirs)
    raw = _collect(ours, ends[0], limits["answer_bytes"])
    if raw is None or len(raw) > limits["answer_bytes"]:
        os.kill(child, signal.SIGKILL)
    os.close(ours)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if raw is None:
        os._exit(0)
    return (status, raw) if len(raw) <= limits["answer_bytes"] else (TOO_LONG, b"")


def _answer(check: Check, source: bytes, limits: dict[str, Any], descriptor: int) -> NoReturn:
    """In the child: limits first, then the check, one answer, and the end."""
    status = 1
    try:
        _limit(resource.RLIMIT_CPU, limits["cpu_s"], limits["cpu_s"] + 1)  # SIGXCPU at the first, SIGKILL at the second
        _limit(resource.RLIMIT_AS, limits["memory_bytes"], limits["memory_bytes"])
        signal.setitimer(signal.ITIMER_REAL, limits["wall_s"])  # its signal ends the process
        _send(descriptor, _answer_of(check, source))
        status = 0
    finally:
        os._exit(status)


def _answer_of(check: Check, source: bytes) -> bytes:
    try:
        return check(source)
    except MemoryError:
        return _OUT_OF_MEMORY
    except BaseException as error:  # noqa: BLE001,RUF100 - a panic inside ast-grep is a BaseException
        return json.dumps({"failed": type(error).__name__}).encode()


def _limit(what: int, soft: int, hard: int) -> None:
    """Set a limit; never above the one that is there."""
    there = resource.getrlimit(what)[1]
    bound = hard if there == resource.RLIM_INFINITY else min(hard, there)
    resource.setrlimit(what, (min(soft, bound), bound))


def _collect(descriptor: int, jobs: int, bound: int) -> bytes | None:
    """Read an answer to its end, one byte more than `bound` at most; None when the parent has gone."""
    events = select.poll()
    events.register(descriptor, select.POLLIN)
    events.register(jobs, select.POLLIN)  # the parent sends nothing now, so this can only be its end
    raw = b""
    while len(raw) <= bound:
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
