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
import weakref
from collections.abc import Mapping
from concurrent.futures import Future, wait
from functools import partial
from typing import Protocol

from llmdas_sandbox import starters
from llmdas_sandbox.descriptors import gathered, pipe, unforked
from llmdas_sandbox.failure import GuestLost, SandboxFailure
from llmdas_sandbox.frames import Channel
from llmdas_sandbox.guest.handover import MAX_DESCRIPTORS
from llmdas_sandbox.interface import Argument, Request, Result, Rows, Sandbox, Usage
from llmdas_sandbox.job import check_request
from llmdas_sandbox.limits import Limits
from llmdas_sandbox.memory import SharedRows, sealed
from llmdas_sandbox.session import START_SECONDS, Ending, converse, not_started

RECYCLE = 100
_KILL = b"kill"
_KILL_SECONDS = 10.0
_MAX_REPORT = 1 << 12
_Key = tuple[object, ...]  # owner and size


class Process(Protocol):
    """A started zygote: its control socket, and how to be rid of it."""

    control: socket.socket

    def host_pid(self) -> int:
        """Return the process id of its interpreter as this process sees it, 0 when it cannot be known."""

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
        self._loaded: set[str] = set()
        try:
            if self._hear(time.monotonic() + START_SECONDS) != b"ready":
                raise not_started(process.end(_KILL_SECONDS))
        except BaseException:
            process.end()
            raise

    def fork(self, request: Request) -> Child:
        """Start a child for one program; it waits for its job.

        Raises:
            SandboxFailure: the zygote is gone, or no descriptor or memory is left.
        """
        self.runs += 1
        self._load({"*"} if request.policy is None else set(request.policy.modules))
        with gathered("The program's channel could not be made") as ours, contextlib.ExitStack() as memory:
            memories = {name: _memory(rows, memory) for name, rows in _by_memory(request.arguments).items()}
            with unforked(), contextlib.ExitStack() as theirs:  # open here no longer than it takes to send them
                inward, write_fd = pipe(theirs, ours)
                read_fd, outward = pipe(ours, theirs)
                try:
                    socket.send_fds(self.process.control, [b"run"], [inward, outward, *memories.values()])
                except OSError as error:
                    raise GuestLost(f"The warm guest is gone: {error}.") from error
            child = Child(self, Channel(read_fd, write_fd, timed=True), frozenset(memories))
            ours.pop_all()
        return child

    def _load(self, names: set[str]) -> None:
        """Have modules imported before the fork, once; numpy is there from the start."""
        wanted = sorted(names - self._loaded)
        if wanted:
            self._loaded |= names
            with contextlib.suppress(OSError):  # the fork that follows notices
                self.process.control.send(f"load {' '.join(wanted)}".encode())

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
        self._open = True

    def host_pid(self) -> int:
        """Return 0: the process id is known inside the guest only."""
        return 0

    def end(self, grace: float = 0.0) -> Ending:
        """Kill the child where it still lives, and learn from the zygote how it ended; see `session.Guest`."""
        if self._ending is None:
            try:
                self._ending = self._ended(grace)
            except BaseException:  # an interrupt: nobody knows any more what the zygote will say next
                self._zygote.spoilt = True
                self._zygote.close()
                raise
            finally:
                self.release()
        return self._ending

    def release(self) -> None:
        """Close the channel; safe to call twice."""
        if self._open:
            self._open = False
            os.close(self.channel.write_fd)
            os.close(self.channel.read_fd)

    def _ended(self, grace: float) -> Ending:
        ending = self._zygote.ending(grace) if grace else None
        if ending is None:
            self._zygote.kill_child()
            ending = self._zygote.ending(_KILL_SECONDS)
        if ending is None:  # the zygote does not answer: its namespace or container goes as a whole
            self._zygote.spoilt = True
            ending = self._zygote.close()
        return ending


class WarmSandbox(Sandbox):
    """Runs each program in a fork of a warm guest; any number of threads may use it at once.

    Args:
        zygotes: the backend.
        recycle: programs after which a zygote is given up.
        idle: zygotes that may wait for further programs, whoever owns them.
    """

    level = "warm"

    def __init__(self, zygotes: Zygotes, recycle: int = RECYCLE, idle: int | None = None) -> None:
        self._zygotes, self._recycle = zygotes, recycle
        self._most = max(os.cpu_count() or 1, 2) if idle is None else idle
        self.backend, self.guest = zygotes.backend, zygotes.guest
        self._closed = False
        self._begin()

    def execute(self, request: Request) -> Result:
        """Run one program in a child of its own; see `Sandbox.execute`."""
        check_request(request, self.guards)
        if self._closed:
            raise SandboxFailure("The sandbox is closed.", "Open another one.")
        if self._process != os.getpid():
            self._begin()
        key = (request.owner, *self._zygotes.zygote_size(request.limits))
        zygote = self._take(key) or self._start(request.limits)
        with contextlib.ExitStack() as failed:
            failed.callback(zygote.close)
            child = zygote.fork(request)
            failed.callback(child.release)
            value, fault, usage = converse(child, request)
            failed.pop_all()
        if zygote.spoilt and fault is not None and fault.kind == "killed":
            raise GuestLost("The warm guest ended while a program ran in a fork of it.", "Run the program again.")
        if fault is not None or zygote.spoilt or zygote.runs >= self._recycle:
            zygote.close()
        else:
            self._give(key, zygote)
        return Result(value, fault, usage, self.backend, self.level, self.guest)

    def close(self) -> None:
        """End all zygotes, those of interrupted calls included, and the backend; goes on where it was interrupted."""
        if self._process != os.getpid():
            self._begin()
        with self._lock:
            self._closed = True
        failures = _end_all(self._idle, self._unclaimed, self._process)
        self._finalizer.detach()
        self._zygotes.close()
        if failures:
            raise failures[0]

    def _begin(self) -> None:
        """Start without zygotes: at first, and in a forked child, where zygotes, threads and locks are the parent's.

        Who forgets to close it, or ends the process without, still leaves no zygote behind.
        """
        self._process = os.getpid()
        self._idle: list[tuple[_Key, Zygote]] = []  # the longest idle first
        self._lock = threading.Lock()
        self._unclaimed: set[Future[None]] = set()  # the ends of zygotes whose callers were interrupted
        self._finalizer = weakref.finalize(self, _end_all, self._idle, self._unclaimed, self._process)

    def _start(self, limits: Limits) -> Zygote:
        """Start a zygote from a thread that outlives the caller's; see `starters`."""
        starting: Future[Process] = Future()
        try:
            with gathered("The warm guest could not be started"):
                starters.start(starting, partial(self._zygotes.launch_zygote, limits))
                return Zygote(starting.result())
        except BaseException:
            self._give_up(starting)
            raise

    def _give_up(self, starting: Future[Process]) -> None:
        """End a zygote as soon as it comes up: its caller was interrupted. What has not begun never does."""
        if starting.cancel() or (starting.done() and starting.exception() is not None):
            return
        gone: Future[None] = Future()
        self._unclaimed.add(gone)
        gone.add_done_callback(self._unclaimed.discard)
        starting.add_done_callback(partial(_end_unclaimed, gone))

    def _take(self, key: _Key) -> Zygote | None:
        """Return the zygote for that key that was used last and still lives; None when there is none."""
        while True:
            with self._lock:
                places = [place for place, (other, _) in enumerate(self._idle) if other == key]
                if not places:
                    return None
                zygote = self._idle.pop(places[-1])[1]
            if zygote.alive():
                return zygote
            zygote.close()

    def _give(self, key: _Key, zygote: Zygote) -> None:
        """Keep a zygote for the next program of its key; the longest idle one is ended when there are too many."""
        with self._lock:
            self._idle.append((key, zygote))
            most = 0 if self._closed else self._most  # a run may outlive the sandbox it was started in
            surplus = [self._idle.pop(0)[1] for _ in range(len(self._idle) - most)]
        for other in surplus:
            other.close()


def _end_all(idle: list[tuple[_Key, Zygote]], unclaimed: set[Future[None]], process: int) -> list[SandboxFailure]:
    """End the zygotes of a sandbox that is closed or gone; not those of the parent, in a child that was forked."""
    failures: list[SandboxFailure] = []
    if process != os.getpid():
        return failures
    wait(list(unclaimed), START_SECONDS)
    while idle:
        kept = idle.pop()
        try:
            kept[1].close()
        except SandboxFailure as error:  # the others are to be ended as well
            failures.append(error)
        except BaseException:  # an interrupt: the next attempt begins with the same one
            idle.append(kept)
            raise
    return failures


def _end_unclaimed(gone: Future[None], starting: Future[Process]) -> None:
    """End a zygote that came up after its caller was interrupted; safe where the caller has ended it already."""
    try:
        if starting.exception() is None:
            starting.result().end()
    finally:
        gone.set_result(None)


def _by_memory(arguments: Mapping[str, Argument]) -> dict[str, Rows]:
    """Return the row arguments that go as memory files, in call order: as many as one message takes beside the pipes.

    Those that are in memory already come first, then the largest; the others go through the channel.
    """
    rows = {name: argument for name, argument in arguments.items() if isinstance(argument, Rows)}
    if len(rows) <= MAX_DESCRIPTORS - 2:
        return rows
    first = sorted(rows, key=lambda name: (not isinstance(rows[name], SharedRows), -rows[name].value.nbytes))
    chosen = set(first[: MAX_DESCRIPTORS - 2])
    return {name: argument for name, argument in rows.items() if name in chosen}


def _memory(rows: Rows, new: contextlib.ExitStack) -> int:
    """Return the array's memory file, which is closed by the stack where it was made for this."""
    if isinstance(rows, SharedRows):
        return rows.memory
    memory = sealed(rows.value)
    new.callback(os.close, memory)
    return memory
