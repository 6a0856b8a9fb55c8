"""One program leaves what it can behind, the next one looks for it: the same owner in the same warm guest, and another.

Both run as plain Python in the product's own `WarmSandbox`, so neither gate nor guards help. Two of different owners
that run at once, warm or fresh, try to wait for each other on a page of the C library, which every guest maps.
"""

from __future__ import annotations

import errno
import hashlib
import platform
import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from llmdas_sandbox import Function, Limits, Request, Rows, Sandbox, SandboxFailure
from llmdas_sandbox.guest.call_numbers import numbers_of
from llmdas_sandbox.rootfs import ensure_root
from llmdas_sandbox.warm import Process, WarmSandbox
from tests.sandbox.backends import BACKENDS, make, unusable

LIMITS = Limits(wall_s=10.0, memory_bytes=512 << 20)
TRACES = (
    "function of numpy",
    "builtin",
    "module",
    "environment",
    "generator",
    "mapping",
    "large blocks",
    "small blocks",
)
SOURCE = """
import builtins, ctypes, os, sys
import numpy as np

PLACE, SIZE = 0x200000000000, 1 << 16
MARK = bytes(value ^ 0x5A for value in bytes.fromhex("@HIDDEN@"))  # not in this text as it is looked for
libc = ctypes.CDLL(None)
libc.mmap.restype = libc.malloc.restype = ctypes.c_void_p
libc.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, *(ctypes.c_int,) * 3, ctypes.c_longlong)
libc.malloc.argtypes, libc.free.argtypes = (ctypes.c_size_t,), (ctypes.c_void_p,)


def plant(rows):
    np.median, builtins.sorted = (lambda *words: -1.0), (lambda *words: [])
    sys.modules["planted"] = sys
    os.environ["PLANTED"] = "1"
    np.random.seed(4711)
    libc.mmap(PLACE, SIZE, 3, 0x100022, -1, 0)  # MAP_FIXED_NOREPLACE
    ctypes.memmove(PLACE, MARK, len(MARK))
    for count, size in ((4, 1 << 23), (2000, 64), (2000, 256), (500, 4096)):
        held = [libc.malloc(size) for _ in range(count)]
        for address in held:
            for start in (0, 32, size // 2):
                ctypes.memmove(address + start, MARK, len(MARK))
        for address in held:
            libc.free(address)
    return np.zeros(1)


def blocks(count, size):
    held = [libc.malloc(size) for _ in range(count)]
    found = sum(MARK in ctypes.string_at(address, size) for address in held)
    for address in held:
        libc.free(address)
    return float(found)


def look(rows):
    x = rows[:, 0]
    return np.array([
        float(np.median(x) != np.quantile(x, 0.5)),
        float(len(builtins.sorted([2, 1])) != 2),
        float("planted" in sys.modules),
        float("PLANTED" in os.environ),
        float(np.random.get_state()[1][0] == 4711),
        float(libc.mmap(PLACE, SIZE, 3, 0x100022, -1, 0) != PLACE),
        blocks(4, 1 << 23),
        blocks(2000, 64) + blocks(2000, 256) + blocks(500, 4096),
    ])


def both(rows):
    plant(rows)
    return look(rows)
"""
ROWS = np.random.default_rng(3).normal(size=(50, 2))


@pytest.fixture(scope="module", params=BACKENDS)
def opened(request: pytest.FixtureRequest) -> Iterator[tuple[WarmSandbox, list[Limits]]]:
    """A warm sandbox, and a list that grows with every zygote that is started."""
    try:
        backend = make(request.param, ensure_root())
    except SandboxFailure as error:
        unusable(request.param, str(error))
    launch, started = backend.launch_zygote, []

    def noted(limits: Limits) -> Process:
        started.append(limits)
        return launch(limits)

    backend.launch_zygote = noted
    with WarmSandbox(backend) as sandbox:
        yield sandbox, started


@pytest.fixture(scope="module")
def source() -> bytes:
    return SOURCE.replace("@HIDDEN@", secrets.token_hex(16)).encode()


def call(warm: WarmSandbox, source: bytes, function: str, owner: str) -> np.ndarray:
    digest = hashlib.sha256(source).hexdigest()
    result = warm.execute(Request(source, digest, function, {"rows": Rows(ROWS)}, None, LIMITS, 1, owner))
    assert result.fault is None, result.fault
    assert result.value is not None
    return result.value


def test_what_is_left_behind_is_found_within_one_run(opened: tuple[WarmSandbox, list[Limits]], source: bytes) -> None:
    """Otherwise the test below would look at nothing."""
    found = call(opened[0], source, "both", "first")
    assert [trace for trace, count in zip(TRACES, found, strict=True) if count == 0] == []


@pytest.mark.parametrize("owner", ["first", "second"])
def test_next_run_finds_nothing_of_the_one_before(
    opened: tuple[WarmSandbox, list[Limits]], source: bytes, owner: str
) -> None:
    warm, started = opened
    call(warm, source, "plant", "first")
    before = len(started)
    found = call(warm, source, "look", owner)
    assert len(started) - before == (owner != "first"), (
        "one owner is served by one guest, another by a guest of its own"
    )
    assert [trace for trace, count in zip(TRACES, found, strict=True) if count] == []


SIGNAL = """
import ctypes, errno, time
import numpy as np

WAIT, WAKE, WAIT_BITSET, REALTIME = 0, 1, 9, 0x100
libc = ctypes.CDLL(None, use_errno=True)
word = ctypes.cast(libc.printf, ctypes.c_void_p).value & ~3  # the same file and place in every guest
found = ctypes.c_uint32.from_address(word).value


def futex(operation, value, wait):
    span = (ctypes.c_long * 2)(0, wait)
    answer = libc.syscall(@FUTEX@, ctypes.c_void_p(word), operation, ctypes.c_uint(value), span, None, -1)
    return ctypes.get_errno() if answer < 0 else -answer


def receive(rows, meet):
    meet(rows)
    return np.array([float(futex(WAIT, found, 900_000_000)), float(futex(WAIT_BITSET | REALTIME, found, 0))])


def send(rows, meet):
    meet(rows)
    final, woken = time.monotonic() + 1.0, 0
    while woken == 0 and time.monotonic() < final:
        time.sleep(0.02)
        woken = futex(WAKE, 8, 0)
    return np.array([float(woken)])
"""


@pytest.fixture(scope="module", params=["warm", "fresh"])
def level(request: pytest.FixtureRequest, opened: tuple[WarmSandbox, list[Limits]]) -> Iterator[Sandbox]:
    """The sandbox of this level on the same backend."""
    if request.param == "warm":
        yield opened[0]
        return
    sandbox = make(opened[0].backend, ensure_root())
    yield sandbox
    sandbox.close()


def test_two_owners_cannot_signal_each_other_by_a_lock_in_a_file_that_both_map(level: Sandbox) -> None:
    """The kernel finds a futex that is not private by file and place, whoever mapped it: futex(2)."""
    source = SIGNAL.replace("@FUTEX@", str(numbers_of(platform.machine())["futex"])).encode()
    together = threading.Barrier(2)

    def meet(rows: np.ndarray) -> np.ndarray:
        together.wait(30.0)
        return rows[:, 0]

    def run(function: str) -> list[float]:
        arguments = {"rows": Rows(ROWS), "meet": Function(meet)}
        digest = hashlib.sha256(source).hexdigest()
        result = level.execute(Request(source, digest, function, arguments, None, LIMITS, 1, function))
        assert result.fault is None, result.fault
        return list(result.value)

    with ThreadPoolExecutor(2) as threads:
        received, sent = threads.map(run, ("receive", "send"))
    assert (received, sent) == ([errno.EPERM] * 2, [errno.EPERM]), "a negative number counts who was woken"
