"""The steps by which the guest gives everything up before it looks at a program. None of them can be undone."""

from __future__ import annotations

import math
import os
import platform
import resource
import signal
import sys
from collections.abc import Collection, Mapping
from types import FrameType
from typing import Any

from llmdas_sandbox.guest.filter import SECOND, assemble, install

CPU_EXIT = 128 + signal.SIGXCPU  # what a shell says of a process that this signal ended
_HIGHEST_DESCRIPTOR = 1 << 16


def set_limits(limits: Mapping[str, Any]) -> None:
    """Set the kernel's limits on this process from the fields of `Limits`, soft and hard alike."""
    _set_cpu_limit(limits["cpu_s"])
    for what, wanted in (
        (resource.RLIMIT_AS, limits["memory_bytes"]),
        (resource.RLIMIT_NOFILE, limits["open_files"]),
        (resource.RLIMIT_NPROC, limits["processes"]),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        value = int(wanted) if hard == resource.RLIM_INFINITY else min(int(wanted), hard)
        resource.setrlimit(what, (value, value))


def _set_cpu_limit(seconds: float) -> None:
    """Set a timer to the exact second fraction, and the kernel's limit in whole seconds behind it.

    The timer's handler runs between byte codes; the kernel's limit also ends a long call inside C.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    whole = math.ceil(used.ru_utime + used.ru_stime + seconds)
    signal.signal(signal.SIGPROF, _out_of_time)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (whole, whole + 1))


def close_all_but(keep: Collection[int]) -> None:
    """Close every descriptor but the channel and forget the standard streams."""
    sys.stdin = sys.stdout = sys.stderr = None
    sys.__stdin__ = sys.__stdout__ = sys.__stderr__ = None  # type: ignore[misc] # nothing may write to them
    first = 0
    for descriptor in sorted(keep):
        os.closerange(first, descriptor)
        first = descriptor + 1
    os.closerange(first, _HIGHEST_DESCRIPTOR)


def filter_calls() -> None:
    """Put every thread under the second system-call filter."""
    machine = platform.machine()
    install(assemble(SECOND, machine), machine)


def _out_of_time(number: int, frame: FrameType | None) -> None:
    os._exit(CPU_EXIT)
