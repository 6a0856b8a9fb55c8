"""The guest's main path: warm up, say hello, take one job, lock down, run it, answer, end."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import math
import os
import resource
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from llmdas_sandbox.frames import Caps, Channel, FrameError, Kind, PeerGone
from llmdas_sandbox.guest import lockdown
from llmdas_sandbox.guest.program import (
    Language,
    Plain,
    Printed,
    Refused,
    as_result,
    describe,
    make_arguments,
    seed_globals,
)
from llmdas_sandbox.guest.warm import load_mentioned, warm

_JOB_CAPS = Caps(1 << 20, 0)
_SOURCE_CAPS = Caps(1 << 10, 1 << 20)
_READ, _PRIVATE = 1, 2  # PROT_READ, MAP_PRIVATE
_GET_SEALS, _SEALS = 1034, 0x1 | 0x2 | 0x4 | 0x8  # fcntl(2): sealed against sealing, shrinking, growing and writing
ALIVE = "/channel/alive"  # a FIFO whose other end the host holds open, where its death does not end us by itself


@dataclass(frozen=True, slots=True)
class Job:
    """What the host asked for: the JOB frame, the source and the row arguments."""

    meta: dict[str, Any]
    source: bytes
    arrays: list[NDArray[np.float64]]


def serve(channel: Channel, language: Language) -> None:
    """Warm up, do one job and end this process."""
    alive = end_with_host(ALIVE)
    warm()
    answer_job(channel, language, alive)


def answer_job(channel: Channel, language: Language, alive: tuple[int, ...], memories: Sequence[int] = ()) -> NoReturn:
    """Do one job and end this process.

    Args:
        channel: the conversation.
        language: how source becomes code.
        alive: what `end_with_host` gave; stays open.
        memories: sealed memory files that hold row arguments, in the order in which the job names them.
    """
    try:
        channel.send(Kind.HELLO)
        meta = channel.receive((Kind.JOB,), _JOB_CAPS).meta
        if meta["policy"] is None:
            language = Plain()
        printed = Printed(int(meta["limits"]["printed_bytes"]))
        _work(channel, language, meta, printed, alive=alive, memories=memories)
        channel.send(Kind.END, _usage(printed))
    except (PeerGone, FrameError):
        os._exit(1)
    os._exit(0)  # no destructor of the program's objects runs


def end_with_host(path: str) -> tuple[int, ...]:
    """Have the kernel end this process when nobody holds the writing end of a FIFO any more; return our end, if any.

    The kernel signals a change of the FIFO (O_ASYNC, fcntl(2)), and nothing is ever written to it. The handler is the C
    library's own `_exit`: no byte code is needed, so it also ends a loop inside C, and its one call is in both filters.
    """
    try:
        alive = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return ()
    libc = ctypes.CDLL(None)
    libc.signal.argtypes, libc.signal.restype = (ctypes.c_int, ctypes.c_void_p), ctypes.c_void_p
    libc.signal(signal.SIGIO, ctypes.cast(libc._exit, ctypes.c_void_p))
    fcntl.fcntl(alive, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(alive, fcntl.F_SETFL, os.O_NONBLOCK | os.O_ASYNC)
    with contextlib.suppress(BlockingIOError):  # the host is there
        os.read(alive, 1)
        os._exit(1)
    return (alive,)


def _work(
    channel: Channel,
    language: Language,
    meta: dict[str, Any],
    printed: Printed,
    *,
    alive: tuple[int, ...],
    memories: Sequence[int],
) -> None:
    """Answer with RESULT, FAULT or, when the guest cannot set itself up, FAILURE."""
    memory = int(meta["limits"]["memory_bytes"])
    try:
        lockdown.set_limits(meta["limits"], lambda seconds: _out_of_time(channel, printed, seconds))
        job = _receive(channel, meta, memories)
        if meta["policy"] is None:
            load_mentioned(job.source)
        namespace = language.namespace(meta["policy"], printed)
        lockdown.close_all_but((channel.read_fd, channel.write_fd, *alive))
        lockdown.filter_calls()
    except (Refused, MemoryError) as error:
        channel.send(Kind.FAULT, describe(error, memory))
        return
    except (OSError, ValueError, ImportError) as error:
        channel.send(Kind.FAILURE, {"message": f"{type(error).__name__}: {error}"[:2000]})
        os._exit(1)
    channel.send(Kind.READY)
    try:
        result = _run(channel, language, job, namespace, printed)
    except (PeerGone, FrameError):
        raise
    except BaseException as error:
        channel.send(Kind.FAULT, describe(error, memory))
        return
    channel.send(Kind.RESULT, {}, result)


def _receive(channel: Channel, meta: dict[str, Any], memories: Sequence[int]) -> Job:
    source = channel.receive((Kind.SOURCE,), _SOURCE_CAPS).data
    caps = Caps(1 << 10, int(meta["limits"]["frame_bytes"]))
    waiting = iter(memories)
    arrays = [
        mapped(next(waiting), a["shape"]) if "shape" in a else channel.receive((Kind.ROWS,), caps).array
        for a in meta["arguments"]
        if a["kind"] == "rows"
    ]
    if hashlib.sha256(source).hexdigest() != meta["sha256"]:
        raise Refused("the source is not the one that was judged: its SHA-256 differs")
    return Job(meta, source, arrays)


def mapped(memory: int, shape: Sequence[int]) -> NDArray[np.float64]:
    """Return the array that a sealed memory file holds; its pages are shared with all who map it, and read-only.

    Raises:
        OSError: the file has another size, is not sealed or cannot be mapped.
    """
    size = 8 * math.prod(shape)
    if os.fstat(memory).st_size != size or fcntl.fcntl(memory, _GET_SEALS) & _SEALS != _SEALS:
        raise OSError(0, "row argument in a file of another size or without seals")
    if size == 0:
        return np.empty(tuple(shape))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, *(ctypes.c_int,) * 3, ctypes.c_longlong)
    address = libc.mmap(None, size, _READ, _PRIVATE, memory, 0)
    if address in (None, ctypes.c_void_p(-1).value):
        raise OSError(ctypes.get_errno(), "row argument could not be mapped")
    pages: Any = (ctypes.c_char * size).from_address(address)
    return np.frombuffer(pages, dtype="<f8").reshape(tuple(shape))


def _run(
    channel: Channel, language: Language, job: Job, namespace: dict[str, Any], printed: Printed
) -> NDArray[np.float64]:
    limits, described = job.meta["limits"], job.meta["arguments"]
    arguments = make_arguments(channel, described, job.arrays, int(limits["frame_bytes"]))
    seed_globals(int(job.meta["seed"]))
    code = language.compile(job.source)
    exec(code, namespace)  # noqa: S102 # this is what the sandbox is for
    function = namespace.get(job.meta["function"])
    if not callable(function):
        raise NameError(f"the program defines no function {job.meta['function']}")
    result = as_result(function(*arguments), int(limits["output_bytes"]))
    printed.check()
    return result


def _out_of_time(channel: Channel, printed: Printed, seconds: float) -> None:
    """Say that the CPU time is used up, unless another frame is under way; the exit code says it as well."""
    if not channel.writing:
        said = {"kind": "limit", "limit": "cpu_s", "actual": seconds, "message": f"{seconds:.3g} seconds of CPU time"}
        channel.send(Kind.FAULT, said)
        channel.send(Kind.END, _usage(printed))


def _usage(printed: Printed) -> dict[str, Any]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {"printed": printed.count, "cpu_s": used.ru_utime + used.ru_stime, "peak_bytes": used.ru_maxrss * 1024}
