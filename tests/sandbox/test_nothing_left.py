"""Nothing is left behind, however a run or its host ends: by a census before and after, on each backend and level."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from llmdas_sandbox import Limits, Request, Sandbox, SandboxFailure, bubblewrap
from llmdas_sandbox.rootfs import GuestRoot
from tests.sandbox.backends import make, unusable, why_not
from tests.sandbox.census import Traces, census, eventually, guests, left_folders, memory, opened, traced
from tests.sandbox.programs import arguments, request, source_request

Kind = tuple[str, str]
LEVELS = [
    pytest.param(("bubblewrap", "fresh"), marks=pytest.mark.bubblewrap),
    pytest.param(("bubblewrap", "warm"), marks=pytest.mark.bubblewrap),
    pytest.param(("docker", "fresh"), marks=pytest.mark.docker),
    pytest.param(("docker", "warm"), marks=pytest.mark.docker),
    pytest.param(("docker", "vm"), marks=pytest.mark.docker),
]
WARM = [LEVELS[1], LEVELS[3]]
SCRIBBLER = b"""import os
def run(*_):
    for d in range(3, 1024):
        try:
            os.write(d, b"x" * 64)
        except OSError:
            pass
"""


@pytest.fixture(scope="session", params=LEVELS, ids="-".join)
def kind(request: pytest.FixtureRequest, root: GuestRoot) -> Kind:
    return usable(request.param, root)


@pytest.fixture(scope="session", params=WARM, ids="-".join)
def warm_kind(request: pytest.FixtureRequest, root: GuestRoot) -> Kind:
    return usable(request.param, root)


def usable(kind: Kind, root: GuestRoot) -> Kind:
    """The kind, after one run that fills what is kept for good; skips where it cannot run here."""
    backend, level = kind
    if reason := why_not(backend, root):
        unusable(backend, reason)
    try:
        with opened(backend, level, root) as box:
            assert box.execute(request("return X")).fault is None
    except SandboxFailure as error:
        if level != "vm":
            raise
        pytest.skip(f"LEVEL VM NOT TESTED: {error}")
    return kind


@pytest.fixture
def traces(monkeypatch: pytest.MonkeyPatch) -> Iterator[Traces]:
    with traced(monkeypatch) as noted:
        yield noted


def assert_nothing_left(box: Sandbox, before: object, traces: Traces) -> None:
    """After closing; the engine takes its mounts away a moment after it answered."""
    box.close()
    gc.collect()
    assert census() == before
    assert eventually(lambda: traces.left() == []), traces.left()


FOR_VM = ("success", "wall_s", "memory_bytes", "killed")  # a run takes a second there
ENDINGS: dict[str, tuple[Request, str]] = {
    "success": (request("return X + model.predict_score(X)[:, None]"), ""),
    "exception": (request("return 1 / 0"), "exception"),
    "wall_s": (request("while True:\n    pass", Limits(wall_s=0.3)), "limit"),
    "cpu_s": (request("while True:\n    pass", Limits(cpu_s=0.3)), "limit"),
    "memory_bytes": (request("return np.ones(10 ** 9)"), "limit"),
    "callback_calls": (
        request("for _ in range(9):\n    model.predict_score(X)", Limits(callback_calls=2)),
        "limit",
    ),
    "callback_rows": (request("model.predict_score(X)", Limits(callback_rows=1)), "limit"),
    "output_bytes": (request("return X", Limits(output_bytes=8)), "limit"),
    "printed_bytes": (request("print('x' * 99)\nreturn X", Limits(printed_bytes=8)), "limit"),
    "protocol": (source_request(SCRIBBLER, policy=None), "protocol"),
    "killed": (source_request(b"import os\ndef run(*_):\n    os.kill(1, 9)\n", policy=None), "killed"),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_nothing_is_left_after_a_run(kind: Kind, root: GuestRoot, traces: Traces, ending: str) -> None:
    if kind[1] == "vm" and ending not in FOR_VM:
        return
    program, fault = ENDINGS[ending]
    before = census()
    box = opened(*kind, root)
    result = box.execute(program)
    assert (result.fault.kind if result.fault else "") == fault, result.fault
    assert_nothing_left(box, before, traces)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError], ids=lambda error: error.__name__)
def test_nothing_is_left_when_a_callback_raises(
    kind: Kind, root: GuestRoot, traces: Traces, error: type[BaseException]
) -> None:
    def broken(rows: np.ndarray) -> np.ndarray:
        raise error

    before = census()
    box = opened(*kind, root)
    with pytest.raises((KeyboardInterrupt, SandboxFailure)):
        box.execute(request("return model.predict_score(X)", given=arguments(broken)))
    assert_nothing_left(box, before, traces)


def test_closing_ends_idle_guests_and_nothing_runs_until_then_but_them(
    warm_kind: Kind, root: GuestRoot, traces: Traces
) -> None:
    before = census()
    box = opened(*warm_kind, root)
    for owner in ("a", "b"):
        assert box.execute(request("return X", owner=owner)).fault is None
    assert len(guests(root, warm_kind[0])) >= 2
    assert_nothing_left(box, before, traces)
    assert guests(root, warm_kind[0]) == []


def test_a_warm_sandbox_that_is_forgotten_takes_its_guests_along(
    warm_kind: Kind, root: GuestRoot, traces: Traces
) -> None:
    before = census()
    box = opened(*warm_kind, root)
    assert box.execute(request("return X")).fault is None
    assert guests(root, warm_kind[0])
    del box
    gc.collect()
    assert eventually(lambda: census() == before), census()
    assert eventually(lambda: traces.left() == []), traces.left()


def test_threads_on_one_warm_sandbox_have_a_guest_each(warm_kind: Kind, root: GuestRoot, traces: Traces) -> None:
    before = census()
    box = opened(*warm_kind, root, idle=4)
    together = threading.Barrier(3, timeout=60)
    answers: dict[int, float] = {}

    def one(number: int) -> None:
        def meet(rows: np.ndarray) -> np.ndarray:
            together.wait()  # passes only when three programs run at once
            return rows.sum(axis=1) + number

        answers[number] = float(box.execute(request("return model.predict_score(X)", given=arguments(meet))).value[0])

    threads = [threading.Thread(target=one, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: 3.0 + number for number in range(3)}
    assert_nothing_left(box, before, traces)


def started(kind: Kind, root: GuestRoot, what: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "tests.sandbox.host_process", *kind, str(root.path.parents[2]), what]
    return subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    )


@contextlib.contextmanager
def host(kind: Kind, root: GuestRoot, what: str) -> Iterator[subprocess.Popen[str]]:
    """A host process that has come as far as its first word."""
    process = started(kind, root, what)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() in ("running", "idle"), process.communicate()[1]
        yield process
    finally:
        process.kill()
        process.communicate()


def test_kill_of_the_host_ends_its_guests_and_the_next_start_removes_the_rest(kind: Kind, root: GuestRoot) -> None:
    """Even inside one long call in C."""
    with host(kind, root, "C") as process:
        assert_kill_ends_guests(kind, root, process)


def test_kill_of_the_host_ends_its_idle_guests_too(warm_kind: Kind, root: GuestRoot) -> None:
    with host(warm_kind, root, "idle") as process:
        assert_kill_ends_guests(warm_kind, root, process)


def assert_kill_ends_guests(kind: Kind, root: GuestRoot, process: subprocess.Popen[str]) -> None:
    """Without any help; what is left of a container goes with the next start."""
    assert any(guests(root, kind[0], process.pid))
    process.kill()
    process.wait()
    assert eventually(lambda: not any(guests(root, kind[0], process.pid))), "a stopped container has process 0"
    make(kind[0], root).close()
    assert eventually(lambda: guests(root, kind[0], process.pid) == []), "another start may be removing it"
    assert left_folders(process.pid) == set()


@pytest.mark.parametrize("what", ["byte code", "idle"])
def test_interrupt_of_the_host_leaves_nothing_by_itself(kind: Kind, root: GuestRoot, what: str) -> None:
    if what == "idle" and kind[1] != "warm":
        return
    with host(kind, root, what) as process:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        assert said.rstrip().endswith("KeyboardInterrupt")
        assert guests(root, kind[0], process.pid) == []
        assert left_folders(process.pid) == set()


@pytest.mark.parametrize("what", ["unclosed", "forked"])
def test_end_of_the_host_without_closing_leaves_nothing(warm_kind: Kind, root: GuestRoot, what: str) -> None:
    kind = warm_kind
    process = started(kind, root, what)
    said, errors = process.communicate(timeout=120)
    assert (said, process.returncode) == ("done\n", 0), errors
    assert guests(root, kind[0], process.pid) == []
    assert left_folders(process.pid) == set()


def test_two_processes_at_once_let_each_other_be(kind: Kind, root: GuestRoot) -> None:
    processes = [started(kind, root, "many") for _ in range(2)]
    for process in processes:
        said, errors = process.communicate(timeout=200)
        assert (said, process.returncode) == ("done\n", 0), errors
        assert left_folders(process.pid) == set()
    assert [guests(root, kind[0], process.pid) for process in processes] == [[], []]


def test_threads_go_on_with_their_guests_after_the_main_thread_ended(kind: Kind, root: GuestRoot) -> None:
    process = started(kind, root, "outlived")
    said, errors = process.communicate(timeout=120)
    assert (said, process.returncode) == ("done\n" * 2, 0), errors
    assert guests(root, kind[0], process.pid) == []
    assert left_folders(process.pid) == set()


@pytest.mark.bubblewrap
@pytest.mark.parametrize("place", ["_open_init", "pidfd_open", "_readable", "usage_of"])
@pytest.mark.parametrize("level", ["fresh", "warm"])
def test_interrupt_anywhere_around_a_namespace_leaves_none(
    root: GuestRoot, traces: Traces, monkeypatch: pytest.MonkeyPatch, place: str, level: str
) -> None:
    """While it starts, before bwrap has done its part, and while it is ended."""
    usable(("bubblewrap", level), root)
    before = census()
    box = opened("bubblewrap", level, root)

    def interrupted(*given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(*((os, place) if place == "pidfd_open" else (bubblewrap, place)), interrupted)
        for owner in ("a", "b", "c"):
            with contextlib.suppress(KeyboardInterrupt):
                box.execute(request("return 1 / 0", owner=owner))
    assert_nothing_left(box, before, traces)
    assert eventually(lambda: guests(root, "bubblewrap") == [])


@pytest.mark.bubblewrap
def test_interrupt_while_bwrap_is_being_started_leaves_no_half_of_it(root: GuestRoot, traces: Traces) -> None:
    """At many moments of the start; a second process that nobody lets go would have our user's parent, process 1."""
    usable(("bubblewrap", "fresh"), root)
    before = census()
    box = opened("bubblewrap", "fresh", root)
    kept = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        for moment in range(40):
            with contextlib.suppress(KeyboardInterrupt):
                signal.setitimer(signal.ITIMER_REAL, 0.0005 * (1 + moment))
                box.execute(request("return X"))
                signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, kept)
    assert_nothing_left(box, before, traces)
    assert eventually(lambda: guests(root, "bubblewrap") == [])


RUNS = [20, pytest.param(500, marks=pytest.mark.slow)]


@pytest.mark.parametrize("runs", RUNS)
def test_many_warm_runs_leave_memory_and_descriptors_flat(warm_kind: Kind, root: GuestRoot, runs: int) -> None:
    assert_flat(warm_kind, root, runs, lambda: opened(*warm_kind, root, recycle=max(runs // 5, 8)))


@pytest.mark.bubblewrap
@pytest.mark.parametrize("runs", RUNS)
def test_many_fresh_runs_leave_memory_and_descriptors_flat(root: GuestRoot, runs: int) -> None:
    kind = usable(("bubblewrap", "fresh"), root)
    assert_flat(kind, root, runs, lambda: opened(*kind, root))


def assert_flat(kind: Kind, root: GuestRoot, runs: int, make_box: Callable[[], Sandbox]) -> None:
    outside = census()
    program = request("return X + model.predict_score(X)[:, None]")
    with make_box() as box:
        for number in range(runs):
            if number == runs // 5:
                before, resident = census(), memory()
            assert box.execute(program).fault is None
        after, grown = census(), memory() - resident
    sockets = after.descriptors.pop("socket", 0) - outside.descriptors.get("socket", 0)
    before.descriptors.pop("socket", 0)
    assert sockets <= 40, "the engine's client keeps 25 and no more"
    assert after.descriptors == before.descriptors
    assert len(after.children) == len(before.children)
    assert len(after.containers) == len(before.containers)
    assert grown < 8 << 20
    assert census() == outside
    assert guests(root, kind[0]) == []


def test_zombies_are_seen_by_the_census() -> None:
    """The helper itself: what it must notice, it does."""
    before = census()
    child = os.fork()
    if child == 0:
        os._exit(0)
    memory_file = os.memfd_create("rows")
    try:
        seen = census()
        assert set(seen.children) - set(before.children) == {child}
        assert sum((seen.descriptors - before.descriptors).values()) == 1
    finally:
        os.close(memory_file)
        os.waitpid(child, 0)
    assert census() == before
