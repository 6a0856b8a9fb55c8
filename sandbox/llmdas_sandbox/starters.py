"""Threads that start warm guests and live until this process is gone.

The kernel kills bwrap with the thread that started it (PR_SET_PDEATHSIG, prctl(2)). A caller's thread may end while
others use the guest, and those of a ThreadPoolExecutor end with the main thread. These are daemons, shared by all
sandboxes of the process, and wait for the next guest to start.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

_MOST = 8  # guests that come up at once
_T = TypeVar("_T")


class _Starters:
    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Begin without threads: at first, and in a forked child, where they are the parent's."""
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._free = threading.Semaphore(0)
        self._lock = threading.Lock()
        self._count = 0

    def submit(self, job: Callable[[], None]) -> None:
        """Have a thread do it; one more is started where all are busy and there are not too many."""
        with self._lock:
            if not self._free.acquire(blocking=False) and self._count < _MOST:
                threading.Thread(target=self._work, name=f"zygotes-{self._count}", daemon=True).start()
                self._count += 1
        self._jobs.put(job)

    def _work(self) -> None:
        while True:
            self._jobs.get()()  # nothing of a job is kept while the next one is waited for
            self._free.release()


def start(future: Future[_T], launch: Callable[[], _T]) -> None:
    """Call `launch` in a thread that outlives the caller's, and put what it returns or raises in `future`.

    Not where the future is cancelled before.
    """

    def job() -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            result = launch()
        except BaseException as error:  # it belongs to whoever waits
            future.set_exception(error)
        else:
            future.set_result(result)

    _starters.submit(job)


def uninterrupted(launch: Callable[[], _T], undo: Callable[[_T], object]) -> _T:
    """Return what `launch` returns, called where no KeyboardInterrupt comes; it always comes in the main thread.

    An interrupt half-way through would lose the process that was just started: bwrap's second process then waits for
    the first one for ever. Where the caller is interrupted, `undo` gets the result before this raises.
    """
    if threading.current_thread() is not threading.main_thread():
        return launch()
    future: Future[_T] = Future()
    try:
        start(future, launch)
        return future.result()
    except BaseException:
        if not future.cancel() and future.exception() is None:
            undo(future.result())
        raise


_starters = _Starters()
os.register_at_fork(after_in_child=_starters.begin)
