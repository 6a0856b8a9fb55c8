"""Makes system calls for real, each in a child of its own, and says how the child ended.

What is tried comes as one line of JSON, [number, arguments] each; the answer is one line of JSON, a code for each: the
call's errno, 0 where it succeeded, or minus the signal that ended the child.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import resource
import signal
import threading
from collections.abc import Callable

from llmdas_sandbox.guest.call_numbers import numbers_of
from llmdas_sandbox.guest.filter import SECOND, assemble, install

LIBC = ctypes.CDLL(None, use_errno=True)
MACHINE = platform.machine()
NUMBERS = numbers_of(MACHINE)
CODE = assemble(SECOND, MACHINE)
SECONDS = 2.0  # after which a call that waits is ended by SIGALRM
READ_WRITE_EXECUTE, PRIVATE_ANONYMOUS = 7, 0x22
THIRTY_TWO = b"\x53\xb8\x14\x00\x00\x00\xcd\x80\x5b\xc3"  # push rbx; mov eax, 20 (getpid); int 0x80; pop rbx; ret


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def serve(read_fd: int, write_fd: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    text = b""
    while not text.endswith(b"\n"):
        text += os.read(read_fd, 65536)
    asked = json.loads(text)
    found = {
        "first": [outcome(lambda pair=pair: call(*pair)) for pair in asked],
        "second": [outcome(lambda pair=pair: call(*pair), second) for pair in asked],
        "executable mapping, first": outcome(executable_mapping),
        "executable mapping, second": outcome(executable_mapping, second),
        "32-bit gate, first": outcome(thirty_two(lambda: None)),
        "32-bit gate, second": outcome(thirty_two(second)),
        "other thread, second": outcome(lambda: other_thread(second)),
        "other thread, second without TSYNC": outcome(lambda: other_thread(second_here)),
    }
    answer = json.dumps(found).encode() + b"\n"
    while answer:
        answer = answer[os.write(write_fd, answer) :]
    os._exit(0)


def outcome(action: Callable[[], int], enter: Callable[[], None] = lambda: None) -> int:
    """Fork, enter a filter, act; return how the child ended."""
    child = os.fork()
    if child == 0:
        try:
            signal.setitimer(signal.ITIMER_REAL, SECONDS)
            enter()
            os._exit(action())
        finally:
            os._exit(254)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def second() -> None:
    install(CODE, MACHINE)


def second_here() -> None:
    """The same filter on this thread only: seccomp(2) without SECCOMP_FILTER_FLAG_TSYNC."""
    program = _Program(len(CODE) // 8, CODE)
    if LIBC.prctl(38, 1, 0, 0, 0) or LIBC.syscall(NUMBERS["seccomp"], 1, 0, ctypes.byref(program)):
        os._exit(253)


def call(number: int, arguments: list[int]) -> int:
    ctypes.set_errno(0)
    answer = LIBC.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments))
    return ctypes.get_errno() if answer == -1 else 0


def executable_mapping() -> int:
    return call(NUMBERS["mmap"], [0, 4096, READ_WRITE_EXECUTE, PRIVATE_ANONYMOUS, -1, 0])


def thirty_two(enter: Callable[[], None]) -> Callable[[], int]:
    """Enter the kernel by the 32-bit gate, from a page that was made executable before the filter."""

    def act() -> int:
        LIBC.mmap.restype = ctypes.c_void_p
        page = LIBC.mmap(None, 4096, READ_WRITE_EXECUTE, PRIVATE_ANONYMOUS, -1, 0)
        ctypes.memmove(page, THIRTY_TWO, len(THIRTY_TWO))
        enter()
        ctypes.CFUNCTYPE(ctypes.c_int)(page)()
        return 0

    return act


def other_thread(enter: Callable[[], None]) -> int:
    """Start a thread, enter a filter in this one, then let the other ask for a socket; it ends the process."""
    entered = threading.Event()

    def ask() -> None:
        entered.wait()
        os._exit(call(NUMBERS["socket"], [-1, -1, -1]))

    threading.Thread(target=ask, daemon=True).start()
    enter()
    entered.set()
    while True:
        LIBC.sched_yield()


if __name__ == "__main__":  # the control outside a sandbox: has this kernel a 32-bit gate?
    os._exit(thirty_two(lambda: None)())
