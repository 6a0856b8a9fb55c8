"""Descriptors on their way to a guest: nobody else gets a copy, and none is left open when there are too few."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Iterator

from llmdas_sandbox.failure import SandboxFailure

_FORKS = threading.RLock()  # held while the guest's ends are open here; a signal's handler may still fork


@contextlib.contextmanager
def gathered(problem: str) -> Iterator[contextlib.ExitStack]:
    """Give a stack that undoes what was put on it, however the block is left, unless its `pop_all` was called.

    Args:
        problem: what could not be done, for the failure.

    Raises:
        SandboxFailure: in place of an OSError; says what to do where no descriptor was left.
    """
    with contextlib.ExitStack() as stack:
        try:
            yield stack
        except OSError as error:
            few = error.errno in (errno.EMFILE, errno.ENFILE)
            remedy = "Raise the limit on open files (ulimit -n), or run fewer programs at once." if few else ""
            raise SandboxFailure(f"{problem}: {error}.", remedy) from error


def pipe(reading: contextlib.ExitStack, writing: contextlib.ExitStack) -> tuple[int, int]:
    """Return a pipe's reading and writing end, each to be closed by its stack.

    Raises:
        OSError: there is none left.
    """
    read_fd, write_fd = os.pipe()
    reading.callback(os.close, read_fd)
    writing.callback(os.close, write_fd)
    return read_fd, write_fd


def memory_file(name: str, content: bytes, closing: contextlib.ExitStack) -> int:
    """Return a memory file with a short content, to be read from its beginning; to be closed by the stack.

    Raises:
        OSError: there is none left.
    """
    descriptor = os.memfd_create(name)
    closing.callback(os.close, descriptor)
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


class EndsWithItsUse:
    """What ends itself when nothing refers to it any more: an interrupt may come before anybody could see to that."""

    _maker = 0

    def begin_use(self) -> None:
        """From now on; in this process only, not in one that is forked."""
        self._maker = os.getpid()

    def end(self, grace: float = 0.0) -> object:
        """End it; safe to call twice."""
        raise NotImplementedError

    def __del__(self) -> None:
        """End it."""
        if self._maker == os.getpid():
            self.end()


@contextlib.contextmanager
def unforked() -> Iterator[None]:
    """Let no other thread of this process fork meanwhile: a copy of a guest's end keeps its stream from ending."""
    with _FORKS:
        yield


os.register_at_fork(before=_FORKS.acquire, after_in_parent=_FORKS.release, after_in_child=_FORKS.release)
