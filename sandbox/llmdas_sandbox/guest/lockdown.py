"""The steps by which the guest gives everything up before it looks at a program. None of them can be undone."""

from __future__ import annotations

import math
import os
import platform
import resource
import signal
import sys
from collections.abc import Callable, Collection, Mapping
from typing import Any

from llmdas_sandbox.guest import calls_gpu
from llmdas_sandbox.guest.filter import SECOND, assemble, install

CPU_EXIT = 128 + signal.SIGXCPU  # what a shell says of a process that this signal ended
_HIGHEST_DESCRIPTOR = 1 << 16
_TICK = 0.004  # seconds; the second filter lets no timer be set
_HELD_BY_FILTER = (resource.RLIMIT_NPROC, resource.RLIMIT_MSGQUEUE)  # the second filter permits no process, no queue

_TOO_LITTLE_FOR_CUDA = (resource.RLIMIT_AS, resource.RLIMIT_FSIZE)  # it reserves more; the container's memory holds


def set_limits(limits: Mapping[str, Any], last_words: Callable[[float], None] | None = None) -> None:
    """Set the kernel's limits on this process from the fields of `Limits`, soft and hard alike.

    Args:
        limits: the fields of `Limits`.
        last_words: called with the CPU seconds used since now when they are used up, just before the end; may fail.
    """
    _set_cpu_limit(limits["cpu_s"], last_words)
    for what, wanted in (
        (resource.RLIMIT_AS, limits["memory_bytes"]),
        (resource.RLIMIT_NOFILE, limits["open_files"]),
        (resource.RLIMIT_NPROC, limits["processes"]),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        if what in _TOO_LITTLE_FOR_CUDA and calls_gpu.gpu_enters():
            continue
        hard = resource.getrlimit(what)[1]
        value = int(wanted) if hard == resource.RLIM_INFINITY else min(int(wanted), hard)
        try:
            resource.setrlimit(what, (value, value))
        except ValueError:  # Linux never refuses a lower limit; gVisor does not know these two
            if what not in _HELD_BY_FILTER:
                raise


def _set_cpu_limit(seconds: float, last_words: Callable[[float], None] | None) -> None:
    """Set a timer to the exact second fraction, and the kernel's limit in whole seconds behind it.

    The timer's handler runs between byte codes; the kernel's limit also ends a long call inside C. The timer counts
    ticks and may come too early: then it comes again.
    """
    before = _cpu_seconds()

    def out_of_time(*_: object) -> None:
        used = _cpu_seconds() - before
        if used < seconds:
            return
        try:
            if last_words is not None:
                last_words(used)
        finally:
            os._exit(CPU_EXIT)

    whole = math.ceil(before + seconds)
    signal.signal(signal.SIGPROF, out_of_time)
    signal.setitimer(signal.ITIMER_PROF, seconds, _TICK)
    resource.setrlimit(resource.RLIMIT_CPU, (whole, whole + 1))


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


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
    """Put every thread under the second system-call filter; under the wider one where a GPU enters."""
    machine = platform.machine()
    install(assemble(calls_gpu.SECOND if calls_gpu.gpu_enters() else SECOND, machine), machine)
