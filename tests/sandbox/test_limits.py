"""Each limit bites, and its fault names the limit and its value."""

from __future__ import annotations

import pytest

from llmdas_sandbox import Limits, Sandbox, SandboxFailure
from tests.sandbox.programs import request

MEMORY = 300 << 20

BITING = [
    ("wall_s", Limits(wall_s=0.4), "while True:\n    pass"),
    ("cpu_s", Limits(wall_s=15, cpu_s=0.4), "while True:\n    pass"),
    ("cpu_s", Limits(wall_s=15, cpu_s=0.4), "while True:\n    np.sort(np.random.normal(size=10 ** 7))"),
    ("memory_bytes", Limits(memory_bytes=MEMORY), "return np.ones(5 * 10 ** 7)"),
    ("memory_bytes", Limits(memory_bytes=MEMORY), "a = []\nwhile True:\n    a.append([0] * 10 ** 6)"),
    ("output_bytes", Limits(output_bytes=800), "return np.ones(101)"),
    ("printed_bytes", Limits(printed_bytes=100), "for i in range(1000):\n    print('0123456789')"),
    (
        "printed_bytes",
        Limits(printed_bytes=100),
        "try:\n    print('x' * 101)\nexcept:\n    return 1\nreturn 1",
    ),
    ("callback_calls", Limits(callback_calls=3), "for i in range(1000):\n    model.predict_score(X)"),
    ("callback_rows", Limits(callback_rows=11), "for i in range(1000):\n    model.predict_score(X)"),
    ("frame_bytes", Limits(frame_bytes=2000), "return np.ones(251)"),
]


@pytest.mark.parametrize(("name", "limits", "body"), BITING, ids=[f"{n}-{i}" for i, (n, _, _) in enumerate(BITING)])
def test_limit_bites_and_is_named_with_its_value(sandbox: Sandbox, name: str, limits: Limits, body: str) -> None:
    result = sandbox.run(request(body, limits))
    assert result.value is None
    assert (result.fault.kind, result.fault.limit) == ("limit", name)
    assert result.fault.message.startswith(f"{name} = {getattr(limits, name)} reached: ")


@pytest.mark.parametrize(
    ("limits", "body"),
    [
        (Limits(output_bytes=800), "return np.ones(100)"),
        (Limits(printed_bytes=22), "print('0123456789')\nprint('0123456789')\nreturn 1"),
        (Limits(callback_calls=3), "for i in range(3):\n    model.predict_score(X)\nreturn 1"),
        (Limits(callback_rows=12), "for i in range(3):\n    model.predict_score(X)\nreturn 1"),
        (Limits(memory_bytes=MEMORY), "return np.ones(10 ** 6)"),
    ],
)
def test_what_stays_just_within_a_limit_passes(sandbox: Sandbox, limits: Limits, body: str) -> None:
    assert sandbox.run(request(body, limits)).fault is None


def test_memory_limit_below_the_interpreter_is_our_failure(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxFailure, match="memory_bytes"):
        sandbox.run(request("return 1", Limits(memory_bytes=1 << 20)))


def test_rows_above_a_frame_are_our_failure(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxFailure, match="frame_bytes"):
        sandbox.run(request("return 1", Limits(frame_bytes=10)))


def test_slow_callback_counts_as_time_of_the_run(sandbox: Sandbox) -> None:
    import time

    import numpy as np

    from tests.sandbox.programs import arguments

    def slow(rows: np.ndarray) -> np.ndarray:
        time.sleep(0.5)
        return rows.sum(axis=1)

    fault = sandbox.run(request("return model.predict_score(X)", Limits(wall_s=0.3), given=arguments(slow))).fault
    assert fault.limit == "wall_s"
