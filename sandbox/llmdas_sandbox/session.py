"""The host's side of a conversation: sends a job, answers callbacks, counts, and treats what comes back as hostile."""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from llmdas_sandbox.failure import GuestLost, SandboxFailure
from llmdas_sandbox.faults import MAX_MESSAGE, clean, figure, limit_fault, told
from llmdas_sandbox.frames import (
    Caps,
    Channel,
    DeadlineReached,
    Frame,
    FrameError,
    FrameTooLarge,
    Kind,
    PeerGone,
    due,
)
from llmdas_sandbox.interface import Array, Fault, Request, Rows, Usage
from llmdas_sandbox.job import Named, callbacks, job

GRACE_SECONDS = 2.0  # for a guest that closed its channel to be gone
START_SECONDS = 60.0  # for the interpreter to come up on a busy machine; not part of wall_s
CHUNK_ROWS = 10_000  # a callback gets at most this many at once, so that the deadline is looked at in between
_META_BYTES = 1 << 15  # JSON of a frame from the guest
_SIGNALS = {31: "a system call that is not permitted", 11: "a segmentation fault", 6: "an abort", 9: "SIGKILL"}
_CPU_CODES = (152, 24)  # ended by SIGXCPU, as a shell and as a wait status say it


@dataclass(frozen=True, slots=True)
class Ending:
    """How a guest ended.

    Attributes:
        code: exit code, above 128 for 128 + signal; None when unknown.
        out_of_memory: the memory cgroup killed it.
        usage: what the kernel measured; the guest's own figures are only believed where this is 0.
        failure: why nothing could start, in the backend's words; None when it knows no better.
    """

    code: int | None
    out_of_memory: bool = False
    usage: Usage = field(default_factory=Usage)
    failure: SandboxFailure | None = None


class Guest(Protocol):
    """A started guest. A fresh one is made for each run; a warm one would be a fork of a guest that said hello."""

    channel: Channel
    shared: frozenset[str]  # names of row arguments that it was given beforehand

    def host_pid(self) -> int:
        """Return the process id of the guest's interpreter as this process sees it, 0 when it cannot be known."""

    def end(self, grace: float = 0.0) -> Ending:
        """Kill it with all its processes, wait, release everything; safe to call twice.

        Args:
            grace: seconds that it has to end by itself first, so that its exit code tells why it ended.
        """


@dataclass(slots=True)
class _Counts:
    calls: int = 0
    rows: int = 0
    seconds: float = 0.0  # in callbacks


class _Stop(Exception):
    """The run ends here, with a fault."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.message)


def converse(guest: Guest, request: Request) -> tuple[Array | None, Fault | None, Usage]:
    """Hold the whole conversation with a guest that was just started; the guest is ended when this returns or raises.

    Raises:
        SandboxFailure: the guest could not be set up, or a callback of the host failed.
    """
    conversation = _Conversation(guest, request)
    started = time.monotonic()
    value: Array | None = None
    fault: Fault | None = None
    gone = False
    try:
        conversation.hello()
        started = time.monotonic()
        value = conversation.run()
    except _Stop as stop:
        fault = stop.fault
    except DeadlineReached:
        seconds = time.monotonic() - started
        fault = limit_fault(request.limits, "wall_s", f"no result after {seconds:.3g} seconds", seconds)
    except FrameTooLarge as error:
        fault = _too_large(request, error)
    except FrameError as error:
        fault = Fault("protocol", f"the guest broke the protocol: {error}")
    except PeerGone:
        gone = True
    finally:
        wall = time.monotonic() - started
        ending = guest.end(GRACE_SECONDS if gone else 0.0)
    if gone:
        fault = conversation.death(ending, wall)
    return value, fault, conversation.usage(wall, ending, value)


def not_started(ending: Ending) -> SandboxFailure:
    """Return the failure for a guest that ended before any program could run."""
    return ending.failure or GuestLost(f"The guest ended before the program could run (exit code {ending.code}).")


class _Conversation:
    """State of one conversation; every frame from the guest passes `_receive`, which enforces the order."""

    def __init__(self, guest: Guest, request: Request) -> None:
        self.guest, self.request, self.channel = guest, request, guest.channel
        self.last: Kind | None = None
        self.ready = False
        self.counts = _Counts()
        self.reported: Mapping[str, Any] = {}
        self.callbacks = callbacks(request)
        self.caps = Caps(_META_BYTES, request.limits.frame_bytes)
        widths = {named.width for named in self.callbacks}
        self.width = widths.pop() if len(widths) == 1 else None  # of all that may be asked, where it is known

    def hello(self) -> None:
        """Wait for the guest's first frame."""
        self.channel.deadline = time.monotonic() + START_SECONDS
        try:
            self._receive()
        except DeadlineReached:
            raise GuestLost(f"The guest did not start within {START_SECONDS:g} seconds.") from None

    def run(self) -> Array:
        """Send the job, answer callbacks, return the array."""
        self.channel.deadline = time.monotonic() + self.request.limits.wall_s
        with contextlib.suppress(PeerGone):  # a guest that went without hearing us out may have said why: read on
            self._send_job()
        while True:
            frame = self._receive()
            if frame.kind is Kind.READY:
                self.ready = True
            elif frame.kind is Kind.SCORE:
                self._answer(frame)
            elif frame.kind is Kind.FAILURE:
                raise SandboxFailure(f"The guest could not set itself up: {clean(frame.meta.get('message'))}.")
            else:
                return self._finish(frame)

    def death(self, ending: Ending, seconds: float) -> Fault:
        """Say why the stream ended before a result.

        Raises:
            SandboxFailure: no program was running yet.
        """
        if not self.ready:
            raise not_started(ending)
        limits = self.request.limits
        used = ending.usage.cpu_s or seconds  # the wall clock where nothing else is known
        if ending.code in _CPU_CODES or (ending.code == 137 and not ending.out_of_memory and used >= limits.cpu_s):
            return limit_fault(limits, "cpu_s", "the CPU time is used up", ending.usage.cpu_s or None)
        if ending.out_of_memory:
            return limit_fault(limits, "memory_bytes", "the guest used more memory", ending.usage.peak_bytes or None)
        if ending.code == 0:
            return Fault("killed", "the guest closed its channel without a result")
        number = (ending.code or 0) - 128
        return Fault("killed", f"the guest was ended by {_SIGNALS.get(number, f'exit code {ending.code}')}")

    def usage(self, wall: float, ending: Ending, value: Array | None) -> Usage:
        """Put together what the host counted, the engine measured and the guest reported."""
        return replace(
            ending.usage,
            wall_s=wall,
            cpu_s=ending.usage.cpu_s or figure(self.reported.get("cpu_s")),
            peak_bytes=ending.usage.peak_bytes or int(figure(self.reported.get("peak_bytes"))),
            callback_calls=self.counts.calls,
            callback_rows=self.counts.rows,
            callback_s=self.counts.seconds,
            printed=int(figure(self.reported.get("printed"))),
            output_bytes=0 if value is None else value.nbytes,
        )

    def _send_job(self) -> None:
        request = self.request
        self._send(Kind.JOB, job(request, self.guest.shared))
        self._send(Kind.SOURCE, data=request.source)
        for name, argument in request.arguments.items():
            if isinstance(argument, Rows) and name not in self.guest.shared:
                self._send(Kind.ROWS, array=argument.value)

    def _send(
        self, kind: Kind, meta: Mapping[str, Any] | None = None, array: Array | None = None, data: bytes = b""
    ) -> None:
        self.last = kind  # first: also after half a frame the guest may say why it went
        self.channel.send(kind, meta, array, data)

    def _receive(self) -> Frame:
        frame = self.channel.receive(due(self.last, "guest"), self.caps, self._admit)
        self.last = frame.kind
        return frame

    def _admit(self, kind: Kind, shape: tuple[int, ...]) -> None:
        """Count an array that is about to be read; end the run above a limit, before memory is taken for it."""
        if kind is not Kind.SCORE and kind is not Kind.RESULT:
            return
        size, limits = 8 * math.prod(shape), self.request.limits
        if kind is Kind.RESULT:
            if size > limits.output_bytes:
                raise _Stop(limit_fault(limits, "output_bytes", f"the array takes {size} bytes", size))
            return
        left = limits.callback_rows - self.counts.rows
        self.counts.calls += 1
        self.counts.rows += shape[0] if shape else 0
        calls, rows = self.counts.calls, self.counts.rows
        if calls > limits.callback_calls:
            raise _Stop(limit_fault(limits, "callback_calls", f"call number {calls}", calls))
        if rows > limits.callback_rows:
            raise _Stop(limit_fault(limits, "callback_rows", f"{rows} rows in all", rows))
        if self.width is not None and size > 8 * max(self.width, 1) * max(left, 1):
            said = f"an array of shape {shape}, where {left} rows of {self.width} values are left"
            raise _Stop(limit_fault(limits, "callback_rows", said, rows))

    def _finish(self, frame: Frame) -> Array:
        fault = None if frame.kind is Kind.RESULT else told(frame.meta, self.request.limits)
        self.reported = self._receive().meta
        self.channel.expect_end()
        if fault is not None:
            raise _Stop(fault)
        return frame.array

    def _answer(self, frame: Frame) -> None:
        """Answer one callback; `_admit` has held its array against the limits on calls and rows."""
        if frame.number >= len(self.callbacks):
            raise FrameError("a SCORE frame for a callback that does not exist")
        asked = self.callbacks[frame.number]
        refusal, scores, started = _unfit(frame.array, asked.width), None, time.monotonic()
        if not refusal:
            try:
                scores = self._scores(asked, frame.array)
            except ValueError as error:
                refusal = str(error)[:MAX_MESSAGE] or "the callback refused it"
            except (SandboxFailure, DeadlineReached):
                raise
            except Exception as error:
                raise SandboxFailure(
                    f"The callback {asked.name} failed with {type(error).__name__}: {error}."
                ) from error
            finally:
                self.counts.seconds += time.monotonic() - started
        with contextlib.suppress(PeerGone):  # as in `run`
            if refusal:
                self._send(Kind.REFUSED, {"message": refusal})
            else:
                self._send(Kind.SCORES, array=scores)

    def _scores(self, asked: Named, X: Array) -> Array:
        """Call the callback on `CHUNK_ROWS` rows at a time, never without rows.

        It cannot be interrupted: the run may overrun `wall_s` by as long as the callback takes for one chunk. Chunks
        are of one size and not fitted to the time that is left, because the last bits of a matrix product depend on
        the number of its rows: a score must not depend on how busy the machine is.

        Raises:
            DeadlineReached: before a chunk; after the last one, sending the answer looks.
        """
        if 0 < len(X) <= CHUNK_ROWS:
            self._in_time()
            return _checked_scores(asked.name, asked.call(X), len(X))
        scores = np.empty(len(X))
        for first in range(0, len(X), CHUNK_ROWS):
            self._in_time()
            chunk = X[first : first + CHUNK_ROWS]
            scores[first : first + CHUNK_ROWS] = _checked_scores(asked.name, asked.call(chunk), len(chunk))
        return scores

    def _in_time(self) -> None:
        if time.monotonic() >= self.channel.deadline:
            raise DeadlineReached


def usage_of(pid: int) -> Usage:
    """Return what the kernel says a living process used (proc(5)), zeros where it cannot be read."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        peak = next(
            (
                line.split()[1]
                for line in Path(f"/proc/{pid}/status").read_text().splitlines()
                if line.startswith("VmHWM")
            ),
            "0",
        )
    except (OSError, ValueError, IndexError):
        return Usage()
    ticks = int(fields[11]) + int(fields[12])
    return Usage(cpu_s=ticks / os.sysconf("SC_CLK_TCK"), peak_bytes=int(peak) * 1024)


def _unfit(X: Array, width: int | None) -> str:
    """Say why an array cannot be scored, or nothing."""
    if X.ndim != 2 or (width is not None and X.shape[1] != width):
        return f"an array of shape (m, {width or 'd'}) is due, not {X.shape}"
    if not np.isfinite(X).all():
        return "all values must be finite"
    return ""


def _checked_scores(name: str, scores: object, rows: int) -> Array:
    try:
        array = np.asarray(scores, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise SandboxFailure(
            f"The callback {name} answered with a {type(scores).__name__} that is no array: {error}."
        ) from error
    if array.shape != (rows,):
        raise SandboxFailure(
            f"The callback {name} answered {rows} rows with an array of shape {array.shape}.",
            f"Return one number for each row: shape ({rows},).",
        )
    return array


def _too_large(request: Request, error: FrameTooLarge) -> Fault:
    if error.cap == request.limits.frame_bytes:
        return limit_fault(request.limits, "frame_bytes", str(error), error.size)
    return Fault("protocol", f"the guest broke the protocol: {error}")
