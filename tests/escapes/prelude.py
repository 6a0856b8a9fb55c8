"""What stands before every script: raw system calls, and nothing that the product's guest does not have in memory.

Numbers are those of x86_64 (asm/unistd_64.h). A script needs no import of its own, so none fails for want of a module.
"""

import _thread
import ctypes
import errno
import fcntl
import gc
import hashlib
import os
import resource
import signal
import struct
import sys
import time

import numpy as np

from llmdas_sandbox.frames import HEADER, MAGIC

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.syscall.restype = ctypes.c_long
LIBC.mmap.restype = ctypes.c_void_p
LIBC.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, *(ctypes.c_int,) * 3, ctypes.c_longlong)
FAILED = ctypes.c_void_p(-1).value  # MAP_FAILED


def call(number, *arguments):
    """A raw system call: its result, or minus errno; whole numbers are passed as 64 bits."""
    ctypes.set_errno(0)
    words = [ctypes.c_long(word) if isinstance(word, int) else word for word in arguments]
    answer = LIBC.syscall(ctypes.c_long(number), *words)
    return -ctypes.get_errno() if answer == -1 else answer


def must(answer):
    """The result of `call`; raises OSError for minus errno."""
    if answer < 0:
        raise OSError(-answer, os.strerror(-answer))
    return answer


def new_socket(family, kind, protocol=0):
    """A descriptor of a new socket; raises OSError."""
    return must(call(41, family, kind, protocol))


def inet(host, port):
    """A struct sockaddr_in."""
    return struct.pack("=H", 2) + struct.pack(">H4s8x", port, bytes(map(int, host.split("."))))


def unix(path):
    """A struct sockaddr_un; an abstract name begins with a zero byte."""
    return struct.pack("=H", 1) + path.encode()


def connect(family, kind, address):
    """A connected descriptor; raises OSError."""
    descriptor = new_socket(family, kind)
    must(call(42, descriptor, address, len(address)))
    return descriptor


def mapping(size, protection, flags, descriptor=-1):
    """The address of a new mapping; raises OSError."""
    address = LIBC.mmap(None, size, protection, flags, descriptor, 0)
    if address == FAILED:
        raise OSError(ctypes.get_errno(), "mmap")
    return address


def pids():
    """Numbers of processes that a guest might reach: its parents, its neighbours, the host's bait."""
    return [pid for pid in {1, 2, os.getppid(), @PID@} if pid not in (0, os.getpid())]


CODE = b"\xb8\x2a\x00\x00\x00\xc3"  # mov eax, 42; ret
# A whole program of 64-bit ELF: mov edi, 42; mov eax, 60 (exit); syscall
PROGRAM = (
    struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, 62, 1, 0x400078, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    + struct.pack("<IIQQQQQQ", 1, 5, 0, 0x400000, 0x400000, 132, 132, 4096)
    + b"\xbf\x2a\x00\x00\x00\xb8\x3c\x00\x00\x00\x0f\x05"
)


def child(action):
    """The exit code of a forked child that does something; 99 where the action came back."""
    pid = os.fork()
    if pid == 0:
        try:
            action()
        finally:
            os._exit(99)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
