"""The level `warm`: one guest imports everything once and forks a child for each program, one child at a time.

A zygote serves one owner (`Request.owner`) and one size of container only, is given up after `recycle` programs and
after any run that did not give a result. Children are parted from it and from each other by the second system-call
filter: they can open, signal and trace nothing. For a namespace or container per program there is the level `fresh`.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import threading
import time
from typing import Protocol

from llmdas_sandbox.failure import SandboxFailure
from llmdas_sandbox.frames import Channel
from llmdas_sandbox.interface import Request, Result, Rows, Sandbox, Usage
from llmdas_sandbox.limits import Limits
from llmdas_sandbox.memory import sealed
from llmdas_sandbox.session import START_SECONDS, Ending, check_request, converse, not_started

RECYCLE = 100
_KILL = b"kill"
_KILL_SECONDS = 10.0
_MAX_REPORT = 1 << 12


class Process(Protocol):
    """A started zygote: its control socket, and how to be rid of it."""

    control: socket.socket

    def end(self, grace: float = 0.0) -> Ending:
        """Kill it with all its processes and release everything; safe to call twice."""

    def out_of_memory(self) -> bool:
        """Tell whether a memory cgroup has killed a child."""


class Zygotes(Protocol):
    """What a backend offers to this level."""

    backend: str
    guest: str

    def launch_zygote(self, limits: Limits) -> Process:
        """Start a guest in the mode ``zygote``."""

    def zygote_size(self, limits: Limits) -> tuple[int, ...]:
        """Return what of `limits` is fixed when a guest is started; equal sizes can share a zygote."""

    def close(self) -> None:
        """Release what the backend holds."""


class Zygote:
    """A warm guest that waits for its next program.

    Raises:
        SandboxFailure: it did not come up in time.
    """

    def __init__(self, process: Process) -> None:
        self.process, self.runs, self.spoilt = process, 0, False
        try:
            if self._hear(time.monotonic() + START_SECONDS) != b"ready":
                raise not_started(process.end(_KILL_SECONDS))
        except BaseException:
            process.end()
            raise

    def fork(self, request: Request) -> Child:
        """Start a child for one program; it waits for its job.

        Raises:
            SandboxFailure: the zygote is gone.
        """
        self.runs += 1
        with contextlib.ExitStack() as theirs:
            inward, write_fd = os.pipe()
            theirs.callback(os.close, inward)
            read_fd, outward = os.pipe()
            theirs.callback(os.close, outward)
            memories = {
                name: sealed(argument.value)
                for name, argument in request.arguments.items()
                if isinstance(argument, Rows)
            }
            for memory in memories.values():
                theirs.callback(os.close, memory)
            try:
                socket.send_fds(self.process.control, [b"run"], [inward, outward, *memories.values()])
            except OSError as error:
                os.close(write_fd)
                os.close(read_fd)
                raise SandboxFailure(f"The warm guest is gone: {error}.") from error
        return Child(self, Channel(read_fd, write_fd, timed=True), frozenset(memories))

    def ending(self, seconds: float) -> Ending | None:
        """Wait for the report on the child; None when it does not come in time."""
        try:
            said = json.loads(self._hear(time.monotonic() + seconds) or b"null")
            code = int(said["code"])
            used = Usage(cpu_s=float(said["cpu_s"]), peak_bytes=int(said["peak_bytes"]))
        except (TimeoutError, OSError, ValueError, KeyError, TypeError):
            return None
        killed = code == -signal.SIGKILL and self.process.out_of_memory()
        return Ending(128 - code if code < 0 else code, killed, used)

    def kill_child(self) -> None:
        """Ask for the child's end."""
        with contextlib.suppress(OSError):
            self.process.control.send(_KILL)

    def close(self) -> Ending:
        """End the guest with all its processes."""
        return self.process.end()

    def alive(self) -> bool:
        """Tell whether the idle zygote still holds its socket; it says nothing of its own accord."""
        poller = select.poll()
        poller.register(self.process.control, select.POLLIN | select.POLLHUP)
        return not poller.poll(0)

    def _hear(self, deadline: float) -> bytes:
        self.process.control.settimeout(max(deadline - time.monotonic(), 0.001))
        return self.process.control.recv(_MAX_REPORT)


class Child:
    """One program's process; satisfies `session.Guest`."""

    def __init__(self, zygote: Zygote, channel: Channel, shared: frozenset[str]) -> None:
        self.channel, self.shared = channel, shared
        self._zygote = zygote
        self._ending: Ending | None = None

    def host_pid(self) -> int:
        """Return 0: the process id is known inside the guest only."""
        return 0

    def end(self, grace: float = 0.0) -> Ending:
        """Kill the child where it still lives, and learn from the zygote how it ended; see `session.Guest`."""
        if self._ending is None:
            ending = self._zygote.ending(grace) if grace else None
            if ending is None:
                self._zygote.kill_child()
                ending = self._zygote.ending(_KILL_SECONDS)
            if ending is None:  # the zygote does not answer: its namespace or container goes as a whole
                self._zygote.spoilt = True
                ending = self._zygote.close()
            self._ending = ending
            for descriptor in (self.channel.write_fd, self.channel.read_fd):
                os.close(descriptor)
        return self._ending


class WarmSandbox(Sandbox):
    """Runs each program in a fork of a warm guest.

    Args:
        zygotes: the backend.
        recycle: programs after which a zygote is given up.
    """

    level = "warm"

    def __init__(self, zygotes: Zygotes, recycle: int = RECYCLE) -> None:
        self._zygotes, self._recycle = zygotes, recycle
        self.backend, self.guest = zygotes.backend, zygotes.guest
        self._idle: dict[tuple[object, ...], list[Zygote]] = {}
        self._lock = threading.Lock()

    def run(self, request: Request) -> Result:
        """Run one program in a child of its own; see `Sandbox.run`."""
        check_request(request)
        key = (request.owner, *self._zygotes.zygote_size(request.limits))
        zygote = self._take(key) or Zygote(self._zygotes.launch_zygote(request.limits))
        fault = None
        try:
            value, fault, usage = converse(zygote.fork(request), request)
        except BaseException:
            zygote.close()
            raise
        if fault is not None or zygote.spoilt or zygote.runs >= self._recycle:
            zygote.close()
        else:
            self._give(key, zygote)
        return Result(value, fault, usage, self.backend, self.level, self.guest)

    def close(self) -> None:
        """End all zygotes and the backend."""
        with self._lock:
            idle, self._idle = self._idle, {}
        for zygote in (zygote for found in idle.values() for zygote in found):
            zygote.close()
        self._zygotes.close()

    def _take(self, key: tuple[object, ...]) -> Zygote | None:
        """Return an idle zygote for that key that still lives; those of other keys are ended, which bounds memory."""
        with self._lock:
            others = [zygote for other, found in self._idle.items() if other != key for zygote in found]
            self._idle = {key: self._idle.get(key, [])}
            waiting = self._idle[key]
            zygote = waiting.pop() if waiting else None
        for other in others:
            other.close()
        if zygote is not None and not zygote.alive():
            zygote.close()
            return None
        return zygote

    def _give(self, key: tuple[object, ...], zygote: Zygote) -> None:
        with self._lock:
            self._idle.setdefault(key, []).append(zygote)
