"""The sandbox for anything: arrays and functions in, an array out, at every level; and what is refused."""

from __future__ import annotations

import copy
import gc
import pickle
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from llmdas_sandbox import Function, Limits, Rows, Sandbox, SandboxFailure, SandboxUnavailable, share
from llmdas_sandbox.fresh import FreshSandbox
from tests.sandbox.kept import Kept, descriptors
from tests.sandbox.programs import POLICY, X, request, source_request

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *re.findall(r"^```python\n(.*?)^```", (ROOT / "docs/sandbox.md").read_text(), re.MULTILINE | re.DOTALL),
    (ROOT / "examples/sandbox_fit.py").read_text(),
]
DOUBLE = "import numpy as np\n\n\ndef f(X, Y, score):\n    return np.vstack([X, Y])[:, :1] + score(X).sum()\n"


def test_plain_python_gets_arrays_and_functions_by_position(box: Sandbox) -> None:
    def score(rows: np.ndarray) -> np.ndarray:
        return rows.sum(axis=1)

    result = box.run(DOUBLE, function="f", arrays={"X": X, "Y": 2 * X}, callbacks={"score": score})
    assert result.fault is None
    assert np.array_equal(result.value, np.vstack([X, 2 * X])[:, :1] + X.sum())
    assert (result.level, result.usage.callback_calls) == (box.level, 1)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("import json, statistics, itertools\n    return float(json.loads('3') + statistics.mean([1, 3]))", 5.0),
        ("class A:\n        x = 2\n    return getattr(A(), 'x') * 1.0", 2.0),
        ("return float(len([print('abc')]))", 1.0),
        ("import random\n    return float(random.random() == __import__('random').Random(7).random())", 1.0),
    ],
)
def test_plain_python_is_whole(box: Sandbox, body: str, value: float) -> None:
    result = box.run(f"def f():\n    {body}\n", function="f", seed=7)
    assert (result.fault, result.value) == (None, value)


def test_plain_python_is_still_held(box: Sandbox) -> None:
    fault = box.run("def f():\n    return len(open('/etc/hosts').read())\n", function="f").fault
    assert fault is not None
    assert fault.exception == "PermissionError"
    fault = box.run("import os\n\n\ndef f():\n    return float(os.fork())\n", function="f").fault
    assert fault is not None
    assert (fault.kind, "not permitted" in fault.message) == ("killed", True)


def test_what_plain_python_prints_is_counted_up_to_the_limit(box: Sandbox) -> None:
    source = "def f():\n    print('a', 'b', sep='--')\n    return 1.0\n"
    assert box.run(source, function="f").usage.printed == 5
    fault = box.run(source, function="f", limits=Limits(printed_bytes=4)).fault
    assert fault is not None
    assert fault.limit == "printed_bytes"


def test_source_that_does_not_compile_is_refused_with_its_line(box: Sandbox) -> None:
    fault = box.run("def f():\n    return (\n", function="f").fault
    assert fault is not None
    assert (fault.kind, fault.line) == ("refused", 2)


def test_policy_puts_guards_around_the_same_call(box: Sandbox) -> None:
    source = "def f(X):\n    return X.__class__\n"
    fault = box.run(source, function="f", arrays={"X": X}, policy=POLICY).fault
    assert fault is not None
    assert fault.kind == "refused"


def test_guards_can_be_required(box: Sandbox) -> None:
    box.guards = "required"
    try:
        with pytest.raises(SandboxFailure, match="runs nothing without guards"):
            box.run("def f():\n    return 1.0\n", function="f")
        assert box.execute(request("return X")).fault is None
    finally:
        box.guards = "optional"


def test_function_argument_that_raises_value_error_is_the_programs_to_catch(box: Sandbox) -> None:
    def refuse(rows: np.ndarray) -> np.ndarray:
        raise ValueError("not these rows")

    source = b"def run(g):\n    try:\n        g([[1.0]])\n    except ValueError:\n        return 7.0\n"
    result = box.execute(source_request(source, given={"g": Function(refuse)}, policy=None))
    assert (result.fault, result.value) == (None, 7.0)


@pytest.mark.parametrize("array", [X, np.empty((0, 3)), np.arange(24.0).reshape(2, 3, 4).transpose(2, 0, 1)])
def test_shared_array_is_what_it_was_when_it_was_shared(box: Sandbox, array: np.ndarray) -> None:
    sent = array.copy(order="K")
    kept = share(sent)
    sent[...] = 7.0
    for _ in range(2):
        result = box.run("def f(A):\n    return A * 2\n", function="f", arrays={"A": kept})
        assert result.fault is None
        assert np.array_equal(result.value, array * 2)
    assert not kept.value.flags.writeable


def test_shared_array_gives_its_memory_back() -> None:
    before = descriptors()
    kept = share(X)
    assert descriptors() != before
    del kept
    gc.collect()
    assert descriptors() == before


def test_shared_array_stays_with_its_owner(box: Sandbox) -> None:
    """A descriptor's number means another file elsewhere, so no copy may outlive or leave this process."""
    kept = share(X)
    twin = copy.copy(kept)
    del kept
    gc.collect()
    other = share(X + 1)
    result = box.run("def f(A):\n    return A\n", function="f", arrays={"A": twin})
    assert np.array_equal(result.value, X)
    with pytest.raises(TypeError, match="cannot be sent to another process"):
        pickle.dumps(other)


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.array([1 + 2j]), "A must hold real numbers, not complex128"),
        (np.array(["1"]), "A must hold real numbers, not <U1"),
        (np.array([None]), "A must hold real numbers, not object"),
        (np.zeros((1, 1, 1, 1, 1)), "A has 5 dimensions, at most 4 are taken"),
    ],
)
def test_what_is_no_array_of_real_numbers_is_refused(sandbox: FreshSandbox, array: np.ndarray, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        sandbox.run("def f(A):\n    return A\n", function="f", arrays={"A": array})
    with pytest.raises(ValueError, match=said.replace("A ", "The array ")):
        share(array)


def test_function_takes_rows_of_any_width(box: Sandbox) -> None:
    source = "import numpy as np\n\n\ndef f(A, g):\n    return g(A[:, :1]) + g(np.hstack([A, A]))\n"
    result = box.run(source, function="f", arrays={"A": X}, callbacks={"g": lambda rows: rows.sum(axis=1)})
    assert result.fault is None
    assert np.array_equal(result.value, X[:, 0] + 2 * X.sum(axis=1))


def test_zygote_serves_one_owner_only(warm: Kept) -> None:
    for owner in ("a", "a", "b", "a", "b"):
        assert warm.execute(request("return X", owner=owner)).fault is None
    assert warm.started == 2


def test_zygote_is_given_up_after_a_fault_and_after_so_many_programs(sandbox: FreshSandbox) -> None:
    with Kept(sandbox, recycle=3) as warm:
        for body in ("return X", "return X", "return X", "return X", "return 1 / 0", "return X"):
            warm.execute(request(body))
        assert warm.started == 3


def test_idle_zygotes_of_many_owners_are_bounded(sandbox: FreshSandbox) -> None:
    with Kept(sandbox, idle=2) as warm:
        for owner in "abc":
            warm.execute(request("return X", owner=owner))
        assert [key[0] for key, _ in warm._idle] == ["b", "c"]


def test_nothing_of_one_program_is_there_for_the_next(warm: Kept) -> None:
    """Same owner, same zygote: modules, globals and generators are as at the start."""
    spoil = (
        "import json, math, numpy as np, random, builtins\n\n\ndef f():\n"
        "    np.seen = builtins.seen = math.pi = json.x = 1\n    np.sum = None\n"
        "    return np.random.random() + random.random()\n"
    )
    look = (
        "import json, math, numpy as np, random, builtins\n\n\ndef f():\n"
        "    assert not hasattr(np, 'seen') and not hasattr(builtins, 'seen') and not hasattr(json, 'x')\n"
        "    assert math.pi > 3 and np.sum([1.0]) == 1\n    return np.random.random() + random.random()\n"
    )
    first, second = warm.run(spoil, function="f"), warm.run(look, function="f")
    assert (first.fault, second.fault, warm.started) == (None, None, 1)
    assert first.value == second.value


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"level": "cold"}, "no sandbox level cold. Use warm, fresh, vm"),
        ({"preset": "office"}, "no preset office. Use laptop or regulated"),
        ({"preset": "regulated", "level": "warm"}, "preset regulated does not permit the level warm. Use fresh or vm"),
        ({"guards": "require"}, "no setting guards='require'. Use required or optional"),
        ({"level": "vm", "backend": "bubblewrap"}, "no level vm"),
    ],
)
def test_settings_that_cannot_be_had_are_refused(settings: dict[str, str], said: str) -> None:
    with pytest.raises(SandboxUnavailable, match=said):
        Sandbox.open(**settings)


@pytest.mark.bubblewrap
@pytest.mark.parametrize("text", PAGES, ids=range(len(PAGES)))
def test_what_the_page_shows_runs_as_it_stands(sandbox: FreshSandbox, text: str) -> None:
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Fault" not in done.stdout.partition("hostile")[0]


@pytest.mark.parametrize("count", [14, 15, 40, 260])
def test_any_number_of_arrays_is_taken(box: Sandbox, count: int) -> None:
    """A message to a warm guest carries few descriptors; which arrays go another way cannot be seen."""
    arrays = {f"x{number}": Rows(np.full(2 + number % 3, number)) for number in range(count - 1)}
    arrays["last"] = share(np.full(2, 7.0))
    source = "import numpy as np\n\n\ndef f(*all):\n    return np.array([float(x.max()) for x in all])\n"
    result = box.run(source, function="f", arrays=arrays)
    assert result.fault is None
    assert np.array_equal(result.value, [*range(count - 1), 7.0])
