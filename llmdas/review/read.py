"""Reads one file to judge, once: its bytes, but no more of them than the policy permits and one."""

from __future__ import annotations

import os
import stat
import sys
from typing import BinaryIO

from llmdas.program import Program
from llmdas.review.discover import Source


def read_source(source: Source, max_bytes: int, stdin: BinaryIO | None = None) -> tuple[Program, bool]:
    """Return a file's program and whether that is the whole file; `stdin` stands for the process's standard input.

    What is longer than `max_bytes` is cut one byte behind it, so that the gate refuses it as too large.

    Raises:
        OSError: it cannot be read, or is no regular file any more.
    """
    if source.path is None:
        if stdin is None and sys.stdin is None:
            raise OSError("standard input is closed")
        raw = (stdin or sys.stdin.buffer).read(max_bytes + 1)
    else:
        # Without waiting: what was a file a moment ago may be a pipe now.
        descriptor = os.open(source.path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError("it is no regular file any more")
            raw = file.read(max_bytes + 1)
    return Program(raw), len(raw) <= max_bytes
