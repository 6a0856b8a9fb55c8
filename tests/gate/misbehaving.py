"""The checker's process with real forks and limits, whose check does what the first comment of a program asks for.

Run as a script with the path of `child.py` and its arguments. Everything here is bounded and touches nothing but this
process, its own group and its own pipes.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

_spec = importlib.util.spec_from_file_location("child", sys.argv[1])
assert _spec is not None
assert _spec.loader is not None
child = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(child)
load_checks = child._load


def _write_everywhere(raw: bytes) -> None:
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, raw)
        except OSError:
            continue


def _spin() -> None:
    while True:
        pass


def _eat() -> None:
    held = []
    while True:
        held.append(bytes(1 << 22))


def _linger() -> None:
    """Leave a grandchild behind that keeps the pipe open for a while."""
    if os.fork() == 0:
        time.sleep(30)
        os._exit(0)
    os._exit(0)


def _kill_all() -> None:
    """Kill the group, which must be that of the checker alone."""
    if os.getpgid(0) == os.getppid():
        os.killpg(0, signal.SIGKILL)


def _abort_if_shared() -> None:
    """Break down only where this process has looked at another program before."""
    if _judged:
        os.abort()


def _list_descriptors() -> None:
    """Fail with a name that says which descriptors are open."""
    found = list(Path("/proc/self/fd").iterdir())
    raise type(f"Open{len(found) - 1}", (Exception,), {})  # one is that of the listing itself


_judged: list[bytes] = []
_ACTIONS: dict[bytes, Callable[[], object]] = {
    b"abort": os.abort,
    b"break": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    b"die": lambda: os.kill(os.getpid(), signal.SIGKILL),
    b"exit": lambda: os._exit(3),
    b"leave": lambda: os._exit(0),
    b"spin": _spin,
    b"eat": _eat,
    b"sleep": lambda: time.sleep(60),
    b"linger": _linger,
    b"kill-all": _kill_all,
    b"abort-if-shared": _abort_if_shared,
    b"raise-if-shared": lambda: exec("raise MemoryError") if _judged else None,
    b"list": _list_descriptors,
    b"kill-parent": lambda: os.kill(os.getppid(), signal.SIGKILL),
    b"stop-parent": lambda: os.kill(os.getppid(), signal.SIGSTOP),
    b"babble": lambda: _write_everywhere(b"\0" * 4000),
    b"shout": lambda: _write_everywhere(b"x" * 3_000_000),
    b"print": lambda: print('{"findings": []}', flush=True),
    b"memory": lambda: exec("raise MemoryError"),
    b"raise": lambda: exec("raise SystemExit(0)"),
}


def load() -> Callable[[dict[str, object]], Callable[[bytes], bytes]]:
    make = load_checks()
    return lambda setup: _misbehaving(make(setup))


def _misbehaving(check: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:

    def misbehave(source: bytes) -> bytes:
        first = source.split(b"\n", 1)[0]
        if first.startswith(b"# answer: "):
            return first.removeprefix(b"# answer: ")
        if first.startswith(b"# do: "):
            _ACTIONS[first.removeprefix(b"# do: ")]()
        _judged.append(first)
        return check(source)

    return misbehave


child._load = load
child.main(*sys.argv[2:6])
