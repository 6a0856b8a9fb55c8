"""Each limit bites at its value, and its fault names the limit, its value and what was used; usage is always told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from llmdas_sandbox import Limits, Sandbox, SandboxFailure
from llmdas_sandbox.rootfs import GuestRoot
from llmdas_sandbox.warm import WarmSandbox
from tests.sandbox.backends import BACKENDS, make, unusable, why_not
from tests.sandbox.programs import request, source_request

MEMORY = 300 << 20


@pytest.fixture(scope="module", params=["fresh", "warm"])
def level(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module", params=BACKENDS)
def box(request: pytest.FixtureRequest, level: str, root: GuestRoot) -> Iterator[Sandbox]:
    """A sandbox on each backend and level."""
    reason = why_not(request.param, root)
    if reason:
        unusable(request.param, reason)
    backend = make(request.param, root)
    with WarmSandbox(backend) if level == "warm" else backend as opened:
        yield opened


BITING = [
    ("wall_s", Limits(wall_s=0.4), "while True:\n    pass", (0.4, 10)),
    ("cpu_s", Limits(wall_s=15, cpu_s=0.4), "while True:\n    pass", (0.4, 2)),
    ("cpu_s", Limits(wall_s=15, cpu_s=0.4), "while True:\n    np.sort(np.random.normal(size=10 ** 6))", (0.4, 3)),
    ("memory_bytes", Limits(memory_bytes=MEMORY), "return np.ones(5 * 10 ** 7)", (4e8, 4e8)),
    ("memory_bytes", Limits(memory_bytes=MEMORY), "a = []\nwhile True:\n    a.append([0] * 10 ** 6)", None),
    ("output_bytes", Limits(output_bytes=800), "return np.ones(101)", (808, 808)),
    ("printed_bytes", Limits(printed_bytes=100), "for i in range(1000):\n    print('0123456789')", (110, 110)),
    (
        "printed_bytes",
        Limits(printed_bytes=100),
        "try:\n    print('x' * 101)\nexcept:\n    return 1\nreturn 1",
        (102, 102),
    ),
]

# The host counts these, whatever the level.
COUNTED = [
    ("callback_calls", Limits(callback_calls=3), "for i in range(1000):\n    model.predict_score(X)", (4, 4)),
    ("callback_rows", Limits(callback_rows=11), "for i in range(1000):\n    model.predict_score(X)", (12, 12)),
    ("frame_bytes", Limits(frame_bytes=2000), "return np.ones(251)", (2008, 2008)),
]


def bites(box: Sandbox, name: str, limits: Limits, body: str, actual: tuple[float, float] | None) -> None:
    result = box.execute(request(body, limits))
    assert result.value is None
    assert (result.fault.kind, result.fault.limit) == ("limit", name)
    assert result.fault.message.startswith(f"{name} = {getattr(limits, name)} reached: ")
    if actual is None:
        assert result.fault.actual is None
    else:
        assert actual[0] <= result.fault.actual <= actual[1]


@pytest.mark.parametrize("case", BITING, ids=[f"{n}-{i}" for i, (n, *_) in enumerate(BITING)])
def test_limit_bites_and_is_named_with_its_value_and_the_actual_one(box: Sandbox, case: tuple) -> None:
    bites(box, *case)


@pytest.mark.parametrize("case", COUNTED, ids=[case[0] for case in COUNTED])
def test_limit_that_the_host_counts_is_named_with_its_value_and_the_actual_one(sandbox: Sandbox, case: tuple) -> None:
    bites(sandbox, *case)


def test_what_stays_just_within_all_limits_passes(box: Sandbox) -> None:
    limits = Limits(
        output_bytes=800, frame_bytes=800, printed_bytes=22, callback_calls=3, callback_rows=12, memory_bytes=MEMORY
    )
    body = (
        "for i in range(3):\n    model.predict_score(X)\nprint('0123456789')\nprint('0123456789')\nreturn np.ones(100)"
    )
    result = box.execute(request(body, limits))
    assert result.fault is None
    assert (result.usage.output_bytes, result.usage.printed) == (800, 22)
    assert (result.usage.callback_calls, result.usage.callback_rows) == (3, 12)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("import os\n    return os.fork()", "killed"),
        ("import threading\n    threading.Thread(target=print).start()", "killed"),
        ("return open('/tmp/mine', 'w')", "exception"),
        ("return open('/mine', 'wb')", "exception"),
    ],
)
def test_plain_python_starts_nothing_and_opens_nothing(sandbox: Sandbox, body: str, kind: str) -> None:
    """The limits on processes and open files stand behind this; a process, thread or file of one's own there is not."""
    fault = sandbox.execute(source_request(f"def run():\n    {body}\n".encode(), given={}, policy=None)).fault
    assert fault.kind == kind
    if kind == "killed":
        assert fault.message.endswith("a system call that is not permitted")
    else:
        assert fault.exception == "PermissionError"


WORK = "for i in range(300):\n    np.linalg.eigh(np.cov(np.random.normal(size=(40, 40))))\n"


@pytest.mark.parametrize(
    ("body", "limits", "kind"),
    [
        ("return X", Limits(), None),
        ("raise ValueError('x')", Limits(), "exception"),
        ("while True:\n    pass", Limits(wall_s=0.5), "limit"),
        ("while True:\n    pass", Limits(cpu_s=0.3), "limit"),
        ("while True:\n    model.predict_score(X)", Limits(callback_calls=2), "limit"),
    ],
)
def test_usage_is_told_whatever_became_of_the_run(box: Sandbox, body: str, limits: Limits, kind: str | None) -> None:
    result = box.execute(request(f"print('abc')\nmodel.predict_score(X)\n{WORK}{body}", limits))
    assert (result.fault and result.fault.kind) == kind
    used = result.usage
    assert 0 < used.callback_s < used.wall_s < 20
    assert 0 < used.cpu_s < 20
    assert 10 << 20 < used.peak_bytes < 1 << 30
    assert used.callback_calls >= 1
    assert used.callback_rows == 4 * used.callback_calls
    assert used.output_bytes == (0 if result.value is None else 96)
    if result.fault is None or limits in (Limits(), Limits(cpu_s=0.3)):  # else the guest was not asked any more
        assert used.printed == 4


def test_memory_limit_below_the_interpreter_is_our_failure(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxFailure, match="memory_bytes"):
        sandbox.execute(request("return 1", Limits(memory_bytes=1 << 20)))


def test_rows_above_a_frame_are_our_failure(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxFailure, match="frame_bytes"):
        sandbox.execute(request("return 1", Limits(frame_bytes=10)))


def test_slow_callback_counts_as_time_of_the_run(sandbox: Sandbox) -> None:
    import time

    import numpy as np

    from tests.sandbox.programs import arguments

    def slow(rows: np.ndarray) -> np.ndarray:
        time.sleep(0.5)
        return rows.sum(axis=1)

    fault = sandbox.execute(request("return model.predict_score(X)", Limits(wall_s=0.3), given=arguments(slow))).fault
    assert fault.limit == "wall_s"
