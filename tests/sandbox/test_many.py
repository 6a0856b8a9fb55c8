"""Many requests at once: all come back once, memory is bounded, a lost guest costs one try of one request."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from llmdas_sandbox import Limits, Request, Result, Sandbox, SandboxFailure
from llmdas_sandbox.failure import GuestLost
from llmdas_sandbox.fresh import FreshSandbox
from llmdas_sandbox.interface import Array
from llmdas_sandbox.many import run_many
from llmdas_sandbox.warm import WarmSandbox, Zygote
from tests.sandbox.programs import X, arguments, request, source_request


class Watched(WarmSandbox):
    """Remembers its zygotes; leaves the backend open, which other tests use."""

    def __init__(self, backend: FreshSandbox) -> None:
        super().__init__(backend, recycle=5)
        self.started: list[Zygote] = []

    def _start(self, limits: Limits) -> Zygote:
        self.started.append(super()._start(limits))
        return self.started[-1]

    def close(self) -> None:
        for zygote in self.started:
            zygote.close()


@pytest.fixture
def warm(sandbox: FreshSandbox) -> Iterator[Watched]:
    with Watched(sandbox) as box:
        yield box


class Unreliable(Sandbox):
    """Loses its guest under the requests that it is told to, as often as told."""

    backend, level, guest = "none", "fresh", "0"

    def __init__(self, losses: dict[int, int]) -> None:
        self.losses, self.running, self.most = losses, 0, 0
        self.lock = threading.Lock()

    def execute(self, request: Request) -> Result:
        number = request.seed
        with self.lock:
            self.running += 1
            self.most = max(self.most, self.running)
        time.sleep(0.01)
        with self.lock:
            self.running -= 1
            if self.losses.get(number, 0) > 0:
                self.losses[number] -= 1
                raise GuestLost("The guest is gone.")
        return Result(np.array(float(number)), None, None, self.backend, self.level, self.guest)  # type: ignore[arg-type] # usage plays no part

    def close(self) -> None:
        """Nothing is held."""


def numbered(count: int) -> Iterator[Request]:
    return (source_request(b"def run():\n    return 1.0\n", given={}, seed=number) for number in range(count))


def test_every_request_comes_back_once_with_its_own_result(warm: Watched) -> None:
    requests = [request(f"return X * {number}") for number in range(12)]
    done = list(run_many(warm, requests, workers=2))
    assert sorted(item.index for item in done) == list(range(12))
    assert all(np.array_equal(item.result.value, X * item.index) for item in done)


def test_fault_of_a_program_is_its_result_and_is_not_tried_again(warm: Watched) -> None:
    requests = [request("return X"), request("return 1 / 0"), request("return X")]
    done = {item.index: item for item in run_many(warm, requests, workers=2)}
    assert done[1].result.fault.exception == "ZeroDivisionError"
    assert [done[number].tries for number in range(3)] == [1, 1, 1]


def test_lost_guest_costs_one_try_and_a_second_loss_is_reported() -> None:
    box = Unreliable({1: 1, 3: 2})
    done = {item.index: item for item in run_many(box, numbered(5), workers=2)}
    assert {number: (item.tries, item.failure is None) for number, item in done.items()} == {
        0: (1, True), 1: (2, True), 2: (1, True), 3: (2, False), 4: (1, True),
    }  # fmt: skip
    assert done[3].result is None


def test_failure_of_a_callback_is_reported_at_once_and_costs_no_other_request(warm: Watched) -> None:
    calls: list[int] = []

    def fail(rows: Array) -> Array:
        calls.append(len(rows))
        raise RuntimeError("no instrument")

    requests = [
        request("return X"),
        request("return model.predict_score(X)", given=arguments(fail)),
        request("return X"),
    ]
    done = {item.index: item for item in run_many(warm, requests, workers=2)}
    assert isinstance(done[1].failure, SandboxFailure)
    assert (done[1].tries, calls) == (1, [4])
    assert all(done[number].result.fault is None for number in (0, 2))


def test_only_a_few_requests_are_taken_ahead_and_all_workers_are_busy() -> None:
    taken = 0

    def counted() -> Iterator[Request]:
        nonlocal taken
        for item in numbered(40):
            taken += 1
            yield item

    box = Unreliable({})
    for seen, _ in enumerate(run_many(box, counted(), workers=3), start=1):
        assert taken <= seen + 6
    assert box.most == 3


def test_closing_early_waits_for_what_runs_and_takes_no_more() -> None:
    box = Unreliable({})
    running = run_many(box, numbered(100), workers=2)
    next(running)
    running.close()
    assert box.running == 0


def test_no_workers_is_refused_before_anything_is_read() -> None:
    with pytest.raises(ValueError, match="workers must be 1 or more, not 0"):
        run_many(Unreliable({}), numbered(1), workers=0)


def test_guest_that_ends_by_itself_is_no_fault_of_the_program(warm: Watched) -> None:
    """Namespace or container go in the middle of a run; the second try gets new ones."""

    def end_first(rows: Array) -> Array:
        if len(warm.started) == 1:
            warm.started[0].process.end()
        return np.asarray(rows.sum(axis=1))

    (done,) = run_many(warm, [request("return model.predict_score(X)", given=arguments(end_first))], workers=1)
    assert (done.tries, done.failure) == (2, None)
    assert np.array_equal(done.result.value, X.sum(axis=1))
