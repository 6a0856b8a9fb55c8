"""What an attacker would have loaded before the doors closed, so that no script fails for want of a module."""

from __future__ import annotations

import ctypes
import encodings.idna
import errno
import fcntl
import gc
import mmap
import os
import signal
import socket
import struct
import subprocess
import threading
import time

__all__ = [
    "LIBC",
    "call",
    "ctypes",
    "errno",
    "fcntl",
    "gc",
    "mmap",
    "os",
    "signal",
    "socket",
    "struct",
    "subprocess",
    "threading",
    "time",
]

LIBC = ctypes.CDLL(None, use_errno=True)


def call(number: int, *arguments: object) -> int:
    """A raw system call: its result, or minus errno."""
    ctypes.set_errno(0)
    answer = LIBC.syscall(ctypes.c_long(number), *arguments)
    return -ctypes.get_errno() if answer == -1 else answer
