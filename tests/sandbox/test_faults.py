"""How a program's own failure comes back, on both backends."""

from __future__ import annotations

import numpy as np
import pytest

from llmdas_sandbox import GuestPolicy, Sandbox, SandboxFailure
from tests.sandbox.programs import POLICY, X, arguments, request, source_request


def test_exception_carries_type_message_and_the_programs_innermost_line(sandbox: Sandbox) -> None:
    fault = sandbox.execute(request("def inner():\n    raise KeyError('a\\nb\\x1b[0m')\nreturn inner()")).fault
    assert (fault.kind, fault.exception, fault.line, fault.limit) == ("exception", "KeyError", 6, "")
    assert "\n" not in fault.message
    assert "\x1b" not in fault.message


def test_line_is_the_programs_own_when_numpy_raises(sandbox: Sandbox) -> None:
    fault = sandbox.execute(request("y = 1\nreturn np.linalg.eigh(X)")).fault
    assert (fault.exception, fault.line) == ("LinAlgError", 6)


def test_long_messages_are_cut(sandbox: Sandbox) -> None:
    assert len(sandbox.execute(request("raise ValueError('x' * 100000)")).fault.message) == 2000


@pytest.mark.parametrize(
    "body",
    [
        "def f(i):\n    return f(i + 1)\nreturn f(0)",
        "import os\nreturn 1",
        "return X.tofile('/tmp/x')",
        "return np.fromfile('/')",
    ],
)
def test_what_guards_refuse_at_run_time_is_an_exception_of_the_program(sandbox: Sandbox, body: str) -> None:
    assert sandbox.execute(request(body)).fault.kind == "exception"


@pytest.mark.parametrize(
    "source", [b"def run(:\n", b"\xff\xfe", b"def run(n):\n    return n.__class__\n", b"exec('1')\n"]
)
def test_what_does_not_compile_is_refused(sandbox: Sandbox, source: bytes) -> None:
    fault = sandbox.execute(source_request(source)).fault
    assert fault.kind == "refused"
    assert fault.message


def test_missing_function_is_named(sandbox: Sandbox) -> None:
    fault = sandbox.execute(source_request(b"def other():\n    return 1\n")).fault
    assert (fault.kind, fault.exception) == ("exception", "NameError")
    assert "run" in fault.message


def test_other_bytes_than_were_judged_are_refused(sandbox: Sandbox) -> None:
    fault = sandbox.execute(request("return 1", sha256="0" * 64)).fault
    assert fault.kind == "refused"
    assert "SHA-256" in fault.message


@pytest.mark.parametrize(
    ("expression", "exception", "said"),
    [
        ("X * np.nan", "ValueError", "12 of 12 are not"),
        ("X[:, :2]", "ValueError", "shape (m, 3), not (4, 2)"),
        ("X[0]", "ValueError", "shape (m, 3), not (3,)"),
        ("[['a', 'b', 'c']]", "TypeError", "takes numbers"),
    ],
)
def test_unfit_callback_input_is_an_exception_in_the_program(
    sandbox: Sandbox, expression: str, exception: str, said: str
) -> None:
    called = []
    fault = sandbox.execute(request(f"return model.predict_score({expression})", given=arguments(called.append))).fault
    assert (fault.kind, fault.exception, fault.line) == ("exception", exception, 5)
    assert said in fault.message
    assert not called


def test_program_may_handle_what_the_callback_refuses(sandbox: Sandbox) -> None:
    def refuse(rows: np.ndarray) -> np.ndarray:
        raise ValueError("too large for float32")

    body = "try:\n    return model.predict_score(X)\nexcept ValueError:\n    return 7"
    assert sandbox.execute(request(body, given=arguments(refuse))).value == 7
    fault = sandbox.execute(request("return model.predict_score(X)", given=arguments(refuse))).fault
    assert fault.message == "model.predict_score: too large for float32"


def test_callback_that_breaks_is_our_failure(sandbox: Sandbox) -> None:
    def broken(rows: np.ndarray) -> np.ndarray:
        raise RuntimeError("no GPU")

    with pytest.raises(SandboxFailure, match="predict_score failed with RuntimeError: no GPU"):
        sandbox.execute(request("return model.predict_score(X)", given=arguments(broken)))
    with pytest.raises(SandboxFailure, match="shape"):
        sandbox.execute(request("return model.predict_score(X)", given=arguments(lambda rows: rows)))


def test_no_rows_are_scored_without_asking_the_callback(sandbox: Sandbox) -> None:
    result = sandbox.execute(request("return model.predict_score(X[:0])", given=arguments(lambda rows: 1 / 0)))
    assert result.value.shape == (0,)


def test_policy_that_names_an_unknown_module_is_our_failure(sandbox: Sandbox) -> None:
    policy = GuestPolicy(POLICY.builtins, {**POLICY.modules, "sklearn": ("svm",)}, POLICY.attributes)
    with pytest.raises(SandboxFailure, match="sklearn"):
        sandbox.execute(request("return X", policy=policy))


def test_same_sandbox_serves_a_good_program_after_a_bad_one(sandbox: Sandbox) -> None:
    assert sandbox.execute(request("return 1 / 0")).fault.exception == "ZeroDivisionError"
    assert np.array_equal(sandbox.execute(request("return X")).value, X)
