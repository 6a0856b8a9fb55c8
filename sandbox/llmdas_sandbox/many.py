"""Many requests at once: workers that stay busy, results as they finish, a bounded number of arrays in memory."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from llmdas_sandbox.failure import GuestLost
from llmdas_sandbox.interface import Request, Result, Sandbox

TRIES = 2
_AHEAD = 2  # requests taken for each worker


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one request: exactly one of `result` and `failure` is not None.

    Attributes:
        index: position of the request, from 0.
        request: the request itself.
        result: array or fault of its program.
        failure: why it could not be run, at the last try: the sandbox's failure, a callback's, or a bad request.
        tries: how often it was tried.
    """

    index: int
    request: Request
    result: Result | None
    failure: Exception | None
    tries: int


def run_many(
    sandbox: Sandbox, requests: Iterable[Request], *, workers: int | None = None
) -> Generator[Done, None, None]:
    """Run requests on several guests at once and yield each as it finishes.

    A worker is a thread with a guest of its own. Requests are taken only two for each worker ahead of what was
    yielded, so memory stays bounded however many there are. A guest that is lost costs its request, which is tried
    once more (its callbacks are then asked again) and then reported as a failure; a program's own fault is a result
    and is not tried again, nor is any other failure. Callbacks run in the workers' threads, several at once. Closing
    the generator waits for the runs in progress, which end at their `wall_s` at the latest.

    Args:
        sandbox: where they run; stays open.
        requests: read as they are needed.
        workers: guests at once; the number of processors when None.

    Raises:
        ValueError: `workers` is below 1.
    """
    count = workers if workers is not None else os.cpu_count() or 1
    if count < 1:
        raise ValueError(f"workers must be 1 or more, not {count}")
    return _done(sandbox, enumerate(requests), count)


def _done(sandbox: Sandbox, numbered: Iterator[tuple[int, Request]], count: int) -> Generator[Done, None, None]:
    pool = ThreadPoolExecutor(count, thread_name_prefix="sandbox")
    pending: set[Future[Done]] = set()
    try:
        while True:
            while len(pending) < _AHEAD * count and (following := next(numbered, None)) is not None:
                pending.add(pool.submit(_run, sandbox, *following))
            if not pending:
                return
            finished, pending = wait(pending, return_when=FIRST_COMPLETED)
            while finished:
                yield finished.pop().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _run(sandbox: Sandbox, index: int, request: Request) -> Done:
    for tries in range(1, TRIES + 1):
        try:
            return Done(index, request, sandbox.execute(request), None, tries)
        except GuestLost as error:
            if tries == TRIES:
                return Done(index, request, None, error, tries)
        except Exception as error:
            return Done(index, request, None, error, tries)
    raise AssertionError  # the last try returns
