"""The host's side of a conversation: sends a job, answers callbacks, counts, and treats what comes back as hostile."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from llmdas_sandbox.failure import SandboxFailure
from llmdas_sandbox.frames import (
    FOLLOWS,
    Caps,
    Channel,
    DeadlineReached,
    Frame,
    FrameError,
    FrameTooLarge,
    Kind,
    PeerGone,
)
from llmdas_sandbox.interface import Argument, Array, Callback, Fault, Generator, Proxy, Request, Rows, Scalar, Usage

GRACE_SECONDS = 2.0  # for a guest that closed its channel to be gone
START_SECONDS = 60.0  # for the interpreter to come up on a busy machine; not part of wall_s
CHUNK_ROWS = 10_000  # a callback gets at most this many at once, so that the deadline is looked at in between
MIN_MEMORY = 192 << 20  # address space that interpreter and numpy take before any program
_META_BYTES = 1 << 15  # JSON of a frame from the guest
_MAX_MESSAGE = 2000
_MAX_NAME = 100
_MAX_LINE = 1 << 20
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
    try:
        conversation.hello()
        started = time.monotonic()
        value = conversation.run()
    except _Stop as stop:
        fault = stop.fault
    except DeadlineReached:
        fault = _limit(request, "wall_s", "no result in time")
    except FrameTooLarge as error:
        fault = _too_large(request, error)
    except FrameError as error:
        fault = Fault("protocol", f"the guest broke the protocol: {error}")
    except PeerGone:
        fault = conversation.death(guest.end(GRACE_SECONDS), time.monotonic() - started)
    finally:
        wall = time.monotonic() - started
        ending = guest.end()
    return value, fault, conversation.usage(wall, ending)


def not_started(ending: Ending) -> SandboxFailure:
    """Return the failure for a guest that ended before any program could run."""
    return ending.failure or SandboxFailure(f"The guest ended before the program could run (exit code {ending.code}).")


def check_request(request: Request) -> None:
    """Refuse requests that no guest could serve.

    Raises:
        SandboxFailure: a seed is negative, the memory limit cannot hold the interpreter, an array is above a frame.
    """
    if request.limits.memory_bytes < MIN_MEMORY:
        raise SandboxFailure(
            f"memory_bytes is {request.limits.memory_bytes}, but interpreter and numpy alone take {MIN_MEMORY}."
        )
    if any(
        seed < 0 for seed in (request.seed, *(a.seed for a in request.arguments.values() if isinstance(a, Generator)))
    ):
        raise SandboxFailure("A seed is negative.", "Use seeds of 0 and above.")
    for name, argument in request.arguments.items():
        if isinstance(argument, Rows) and argument.value.nbytes > request.limits.frame_bytes:
            raise SandboxFailure(
                f"{name} takes {argument.value.nbytes} bytes, frame_bytes is {request.limits.frame_bytes}.",
                "Raise frame_bytes or pass fewer rows.",
            )


class _Conversation:
    """State of one conversation; every frame from the guest passes `_receive`, which enforces the order."""

    def __init__(self, guest: Guest, request: Request) -> None:
        self.guest, self.request, self.channel = guest, request, guest.channel
        self.last: Kind | None = None
        self.ready = False
        self.counts = _Counts()
        self.reported: Mapping[str, Any] = {}
        rows = [a.value for a in request.arguments.values() if isinstance(a, Rows)]
        self.width = next((array.shape[1] for array in rows if array.ndim == 2), None)

    def hello(self) -> None:
        """Wait for the guest's first frame."""
        self.channel.deadline = time.monotonic() + START_SECONDS
        try:
            self._receive()
        except DeadlineReached:
            raise SandboxFailure(f"The guest did not start within {START_SECONDS:g} seconds.") from None

    def run(self) -> Array:
        """Send the job, answer callbacks, return the array."""
        self.channel.deadline = time.monotonic() + self.request.limits.wall_s
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
        if ending.code in _CPU_CODES or (ending.code == 137 and not ending.out_of_memory and seconds >= limits.cpu_s):
            return _limit(self.request, "cpu_s", "the CPU time is used up")
        if ending.out_of_memory:
            return _limit(self.request, "memory_bytes", "the guest used more memory")
        if ending.code == 0:
            return Fault("killed", "the guest closed its channel without a result")
        number = (ending.code or 0) - 128
        return Fault("killed", f"the guest was ended by {_SIGNALS.get(number, f'exit code {ending.code}')}")

    def usage(self, wall: float, ending: Ending) -> Usage:
        """Put together what the host counted, the engine measured and the guest reported."""
        return replace(
            ending.usage,
            wall_s=wall,
            cpu_s=ending.usage.cpu_s or _number(self.reported.get("cpu_s")),
            peak_bytes=ending.usage.peak_bytes or int(_number(self.reported.get("peak_bytes"))),
            callback_calls=self.counts.calls,
            callback_rows=self.counts.rows,
            printed=int(_number(self.reported.get("printed"))),
        )

    def _send_job(self) -> None:
        request = self.request
        seeds = [a.seed for a in request.arguments.values() if isinstance(a, Generator)]
        policy = request.policy
        meta = {
            "sha256": request.sha256,
            "function": request.function,
            "arguments": [
                _described(name, argument, name in self.guest.shared) for name, argument in request.arguments.items()
            ],
            "policy": {
                "builtins": list(policy.builtins),
                "modules": {name: list(names) for name, names in policy.modules.items()},
                "attributes": list(policy.attributes),
            },
            "limits": asdict(request.limits),
            "seed": seeds[0] if seeds else request.seed,
        }
        self.channel.send(Kind.JOB, meta)
        self.channel.send(Kind.SOURCE, data=request.source)
        for name, argument in request.arguments.items():
            if isinstance(argument, Rows) and name not in self.guest.shared:
                self.channel.send(Kind.ROWS, array=argument.value)

    def _receive(self) -> Frame:
        limits = self.request.limits
        frame = self.channel.receive(FOLLOWS[self.last], Caps(_META_BYTES, limits.frame_bytes), self._admit)
        self.last = frame.kind
        return frame

    def _admit(self, kind: Kind, shape: tuple[int, ...]) -> None:
        """Count an array that is about to be read; end the run above a limit, before memory is taken for it."""
        size, limits = 8 * math.prod(shape), self.request.limits
        if kind is Kind.RESULT and size > limits.output_bytes:
            raise _Stop(_limit(self.request, "output_bytes", f"the array takes {size} bytes"))
        if kind is not Kind.SCORE:
            return
        left = limits.callback_rows - self.counts.rows
        self.counts.calls += 1
        self.counts.rows += shape[0] if shape else 0
        if self.counts.calls > limits.callback_calls:
            raise _Stop(_limit(self.request, "callback_calls", f"call number {self.counts.calls}"))
        if self.counts.rows > limits.callback_rows:
            raise _Stop(_limit(self.request, "callback_rows", f"{self.counts.rows} rows in all"))
        if self.width is not None and size > 8 * max(self.width, 1) * max(left, 1):
            said = f"an array of shape {shape}, where {left} rows of {self.width} values are left"
            raise _Stop(_limit(self.request, "callback_rows", said))

    def _finish(self, frame: Frame) -> Array:
        fault = None if frame.kind is Kind.RESULT else _fault(frame.meta, self.request)
        self.reported = self._receive().meta
        self.channel.expect_end()
        if fault is not None:
            raise _Stop(fault)
        return frame.array

    def _answer(self, frame: Frame) -> None:
        """Answer one callback; `_admit` has held its array against the limits on calls and rows."""
        callback, X = self._callback(frame.meta), frame.array
        refusal = _unfit(X, self.width)
        if refusal:
            self.channel.send(Kind.REFUSED, {"message": refusal})
            return
        if len(X) == 0:
            self.channel.send(Kind.SCORES, array=np.empty(0))
            return
        try:
            scores = self._scores(callback, X)
        except ValueError as error:
            self.channel.send(Kind.REFUSED, {"message": str(error)[:_MAX_MESSAGE]})
        except (SandboxFailure, DeadlineReached):
            raise
        except Exception as error:
            name = f"{frame.meta['argument']}.{frame.meta['method']}"
            raise SandboxFailure(f"The callback {name} failed with {type(error).__name__}: {error}.") from error
        else:
            self.channel.send(Kind.SCORES, array=scores)

    def _scores(self, callback: Callback, X: Array) -> Array:
        """Call the callback on `CHUNK_ROWS` rows at a time.

        It cannot be interrupted: the run may overrun `wall_s` by as long as the callback takes for one chunk.

        Raises:
            DeadlineReached: before a chunk; after the last one, sending the answer looks.
        """
        scores = np.empty(len(X))
        for first in range(0, len(X), CHUNK_ROWS):
            if time.monotonic() >= self.channel.deadline:
                raise DeadlineReached
            chunk = X[first : first + CHUNK_ROWS]
            scores[first : first + CHUNK_ROWS] = _checked_scores(callback(chunk), len(chunk))
        return scores

    def _callback(self, meta: Mapping[str, Any]) -> Callback:
        argument, method = meta.get("argument"), meta.get("method")
        proxy = self.request.arguments.get(argument) if isinstance(argument, str) else None
        if not isinstance(proxy, Proxy) or not isinstance(method, str) or method not in proxy.methods:
            raise FrameError("a SCORE frame for a callback that does not exist")
        return proxy.methods[method]


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


def clean(text: object) -> str:
    """Return text from the guest with control, format and surrogate characters escaped, at most 2,000 characters."""
    shown = text[:_MAX_MESSAGE] if isinstance(text, str) else ""
    escaped = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in shown)
    return escaped[:_MAX_MESSAGE]


def _described(name: str, argument: Argument, shared: bool) -> dict[str, Any]:
    match argument:
        case Scalar(value):
            return {"name": name, "kind": "scalar", "value": int(value)}
        case Rows(value):
            return {"name": name, "kind": "rows"} | ({"shape": list(value.shape)} if shared else {})
        case Generator(seed):
            return {"name": name, "kind": "generator", "seed": int(seed)}
        case Proxy(methods):
            return {"name": name, "kind": "proxy", "methods": sorted(methods)}


def _unfit(X: Array, width: int | None) -> str:
    """Say why an array cannot be scored, or nothing."""
    if X.ndim != 2 or (width is not None and X.shape[1] != width):
        return f"an array of shape (m, {width or 'd'}) is due, not {X.shape}"
    if not np.isfinite(X).all():
        return "all values must be finite"
    return ""


def _checked_scores(scores: object, rows: int) -> Array:
    try:
        array = np.asarray(scores, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise SandboxFailure(
            f"A callback answered with a {type(scores).__name__} that is no array: {error}."
        ) from error
    if array.shape != (rows,):
        raise SandboxFailure(f"A callback answered {rows} rows with an array of shape {array.shape}.")
    return array


def _fault(meta: Mapping[str, Any], request: Request) -> Fault:
    """Make a fault of what the guest says, believing only what it can know."""
    kind, limit, line = meta.get("kind"), meta.get("limit"), meta.get("line")
    message = clean(meta.get("message"))
    known = isinstance(line, int) and not isinstance(line, bool) and 0 <= line <= _MAX_LINE
    number = line if known and line else 0
    if kind == "limit" and limit in ("memory_bytes", "printed_bytes", "output_bytes"):
        return replace(_limit(request, str(limit), message), line=number)
    if kind not in ("exception", "refused", "result"):
        raise FrameError("a FAULT frame of an unknown kind")
    return Fault(kind, message, clean(meta.get("exception"))[:_MAX_NAME], number)


def _limit(request: Request, limit: str, actual: str) -> Fault:
    value = getattr(request.limits, limit)
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    return Fault("limit", f"{limit} = {shown} reached: {actual}"[:_MAX_MESSAGE], limit=limit)


def _too_large(request: Request, error: FrameTooLarge) -> Fault:
    if error.cap == request.limits.frame_bytes:
        return _limit(request, "frame_bytes", str(error))
    return Fault("protocol", f"the guest broke the protocol: {error}")


def _number(value: object) -> float:
    """Return a usage figure from the guest, 0 when it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(min(max(value, 0), 1 << 62))
