"""The level `warm` in bad company: hosts that fork, full tables of descriptors, interrupts, closing in the middle."""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import signal
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from llmdas_sandbox import Limits, Sandbox, SandboxFailure
from llmdas_sandbox import warm as level
from llmdas_sandbox.fresh import FreshSandbox
from llmdas_sandbox.warm import Child, WarmSandbox, Zygote
from tests.sandbox.census import open_descriptors
from tests.sandbox.kept import Kept, descriptors
from tests.sandbox.programs import request


class Forks:
    """Processes of the host that are forked, keep whatever descriptors they got, and do nothing."""

    def __init__(self) -> None:
        self.pids: list[int] = []

    def one(self, *given: object) -> None:
        pid = os.fork()
        if pid == 0:
            time.sleep(60)
            os._exit(0)
        self.pids.append(pid)

    def end(self) -> None:
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


@pytest.fixture
def forks() -> Iterator[Forks]:
    made = Forks()
    yield made
    made.end()


def test_host_may_fork_while_arrays_are_copied(warm: Kept, forks: Forks, monkeypatch: pytest.MonkeyPatch) -> None:
    """The forked process has no copy of the guest's end, whose stream would not end before it does."""
    plain = level.sealed
    monkeypatch.setattr(level, "sealed", lambda array: forks.one() or plain(array))
    assert warm.execute(request("return X", Limits(wall_s=3))).fault is None
    assert forks.pids


@pytest.mark.parametrize("box", ["warm", "fresh"], indirect=True)
def test_host_may_fork_in_another_thread_while_the_guest_gets_its_pipes(
    box: Sandbox, forks: Forks, monkeypatch: pytest.MonkeyPatch
) -> None:
    if (box.level, box.backend) == ("fresh", "docker"):
        return  # it opens its ends by itself
    threads = []

    def forking(*given: object, plain: object) -> object:
        threads.append(threading.Thread(target=forks.one))
        threads[-1].start()
        time.sleep(0.2)  # it forks now or when it may
        return plain(*given)

    if box.level == "warm":
        where, name = socket, "send_fds"
    else:
        from llmdas_sandbox import bubblewrap

        where, name = bubblewrap, "_spawn"
    plain = getattr(where, name)
    assert box.execute(request("return X")).fault is None
    monkeypatch.setattr(where, name, lambda *given: forking(*given, plain=plain))
    assert box.execute(request("return X", Limits(wall_s=3))).fault is None
    threads[0].join()
    assert forks.pids


@pytest.mark.parametrize("room", range(9))
def test_run_that_finds_no_descriptor_left_says_so_and_loses_none(box: Sandbox, room: int) -> None:
    if box.backend == "docker" and box.level == "fresh":
        return  # the engine's client takes what it needs first
    assert box.execute(request("return X")).fault is None
    before = open_descriptors()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = {int(name) for name in descriptors()}
    free = [number for number in range(soft) if number not in used]
    resource.setrlimit(resource.RLIMIT_NOFILE, (free[room], hard))
    try:
        failing = pytest.raises(SandboxFailure, match=r"ulimit -n|does not answer")
        with failing if room == 0 else contextlib.suppress(SandboxFailure):
            assert box.execute(request("return X")).fault is None
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert box.execute(request("return X")).fault is None
    assert open_descriptors() == before


def test_interrupt_while_a_child_is_waited_for_ends_its_zygote(warm: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    before = open_descriptors()

    def interrupted(self: Zygote, seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Zygote, "ending", interrupted)
    with pytest.raises(KeyboardInterrupt):
        warm.execute(request("return X"))
    gc.collect()
    assert (open_descriptors(), warm._idle) == (before, [])


def test_interrupt_before_the_conversation_closes_its_channel(warm: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    before = open_descriptors()

    def interrupted(child: Child, request: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(level, "converse", interrupted)
    with pytest.raises(KeyboardInterrupt):
        warm.execute(request("return X"))
    assert open_descriptors() == before


class Late:
    """A backend whose zygotes come up late; what it does not say itself is the real one's."""

    def __init__(self, sandbox: FreshSandbox) -> None:
        self.sandbox, self.may, self.started = sandbox, threading.Event(), []

    def __getattr__(self, name: str) -> object:
        return getattr(self.sandbox, name)

    def launch_zygote(self, limits: Limits) -> object:
        self.may.wait(30)
        self.started.append(self.sandbox.launch_zygote(limits))
        return self.started[-1]

    def close(self) -> None:
        """The backend stays open."""


def test_closing_waits_for_zygotes_whose_callers_were_interrupted(sandbox: FreshSandbox) -> None:
    before, late = open_descriptors(), Late(sandbox)
    warm = WarmSandbox(late)
    before_that = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(KeyboardInterrupt):
            warm.execute(request("return X"))
    finally:
        signal.signal(signal.SIGALRM, before_that)
    threading.Timer(0.3, late.may.set).start()
    warm.close()
    assert len(late.started) == 1
    assert open_descriptors() == before


def test_closing_goes_on_where_it_was_interrupted(sandbox: FreshSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    before, warm = open_descriptors(), WarmSandbox(Late(sandbox))
    warm._zygotes.may.set()
    for owner in "ab":
        assert warm.execute(request("return X", owner=owner)).fault is None
    with monkeypatch.context() as broken:
        broken.setattr(Zygote, "close", lambda self: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            warm.close()
    warm.close()
    assert open_descriptors() == before


def test_closed_warm_sandbox_runs_nothing(sandbox: FreshSandbox) -> None:
    with WarmSandbox(Late(sandbox)) as warm:
        pass
    with pytest.raises(SandboxFailure, match=r"The sandbox is closed\. Open another one"):
        warm.execute(request("return X"))
