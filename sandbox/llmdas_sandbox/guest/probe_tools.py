"""What the parts of the self-check's probe share: the C library, children, and names of errors."""

from __future__ import annotations

import ctypes
import errno
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from llmdas_sandbox.guest import lockdown

LIBC = ctypes.CDLL(None, use_errno=True)
MEGABYTE = 1 << 20

Measured = tuple[str, bool, str, float | None, float | None]  # name, held, what was seen, limit, actual
Calls = Mapping[str, Callable[[], int]]  # name of an attempt -> what tries it and returns below 0 when it fails


def measured(name: str, held: bool, seen: str, limit: float | None = None, actual: float | None = None) -> Measured:
    """Return one control as the report carries it."""
    return name, held, seen, limit, actual


def error_of(call: Callable[[], int]) -> int:
    """Return errno of a failed call, 0 when it succeeded."""
    ctypes.set_errno(0)
    return ctypes.get_errno() if call() < 0 else 0


def name_of(number: int) -> str:
    """Return the name of an error number."""
    return errno.errorcode.get(number, "success" if number == 0 else str(number))


def in_child(action: Callable[[], None]) -> int:
    """Run in a fork and return its exit code, negative for a signal."""
    child = os.fork()
    if child == 0:
        try:
            action()
        finally:
            os._exit(99)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def limited(limits: Mapping[str, Any], action: Callable[[], int]) -> int:
    """Run in a fork under the limits of a program and return what it counted, at most 254; above: it did not end."""

    def count() -> None:
        lockdown.set_limits(limits)
        os._exit(min(action(), 254))

    return in_child(count)


def under_second_filter(calls: Calls) -> dict[str, str]:
    """Try each call in a fork of its own under the second filter; return ``killed`` or the error's name for each."""
    answers = {}
    for name, call in calls.items():

        def attempt(call: Callable[[], int] = call) -> None:
            lockdown.filter_calls()
            os._exit(min(error_of(call), 98))

        code = in_child(attempt)
        answers[name] = "killed" if code == -signal.SIGSYS else name_of(code) if code >= 0 else f"signal {-code}"
    return answers


def told_of(found: Sequence[object], looked: int) -> str:
    """Return how many of the places that were looked at were found, and which."""
    return f"{len(found)} of {looked} ({', '.join(map(str, found))})" if found else f"none of {looked}"


def told(answers: Mapping[str, str]) -> str:
    """Return answers in words, those that are alike together."""
    kinds: dict[str, list[str]] = {}
    for name, answer in answers.items():
        kinds.setdefault(answer, []).append(name)
    return "; ".join(f"{answer}: {' '.join(names)}" for answer, names in kinds.items())
