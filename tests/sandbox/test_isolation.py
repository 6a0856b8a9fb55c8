"""What a guest can see and what it leaves behind, looked at from outside while it runs and afterwards."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from pathlib import Path

import numpy as np
import pytest

from llmdas_sandbox import Fault, Limits, SandboxFailure
from llmdas_sandbox.fresh import FreshSandbox
from llmdas_sandbox.identity import guest_identity
from llmdas_sandbox.selfcheck import quick_check, selfcheck
from tests.sandbox.census import census, guests, left_folders, open_descriptors
from tests.sandbox.programs import arguments, request

SPIN = "while True:\n    pass"


@pytest.mark.parametrize(
    ("body", "limits"),
    [
        ("return X", Limits()),
        (SPIN, Limits(wall_s=0.3)),
        ("return 1 / 0", Limits()),
        ("model.predict_score(X)", Limits(callback_rows=1)),
    ],
    ids=["result", "killed", "fault", "limit"],
)
def test_nothing_is_left_behind(sandbox: FreshSandbox, body: str, limits: Limits) -> None:
    descriptors = open_descriptors()
    before, children = left_folders(), census().children
    sandbox.execute(request(body, limits))
    assert guests(sandbox) == []
    assert left_folders() == before
    assert open_descriptors() == descriptors
    assert census().children == children  # zombies included; other tests of this process may keep warm guests


def test_nothing_is_left_behind_when_the_callback_fails(sandbox: FreshSandbox) -> None:
    def broken(rows: np.ndarray) -> np.ndarray:
        raise KeyboardInterrupt

    before = left_folders()
    with pytest.raises(KeyboardInterrupt):
        sandbox.execute(request("return model.predict_score(X)", given=arguments(broken)))
    assert guests(sandbox) == []
    assert left_folders() == before


def test_outside_a_running_guest_is_no_user_zero(sandbox: FreshSandbox) -> None:
    seen = []

    def look(rows: np.ndarray) -> np.ndarray:
        for pid in guests(sandbox):
            with contextlib.suppress(OSError):
                status = dict(
                    line.split(":\t", 1)
                    for line in Path(f"/proc/{pid}/status").read_text().splitlines()
                    if ":\t" in line
                )
                seen.append((status["Uid"].split(), status["CapEff"], status["NoNewPrivs"]))
        return rows.sum(axis=1)

    sandbox.execute(request("return model.predict_score(X)", given=arguments(look)))
    assert seen
    for users, capabilities, no_new_privileges in seen:
        assert "0" not in users
        if os.geteuid() == 0:
            assert users == [str(guest_identity())] * 4
        assert (int(capabilities, 16) == 0) or no_new_privileges == "0", "only bwrap itself, before it drops all"


def test_every_control_is_measured_and_holds(sandbox: FreshSandbox) -> None:
    checks = selfcheck(sandbox)
    assert [check for check in checks if not check.passed] == []
    assert len({check.name for check in checks}) == len(checks)
    assert {check.name for check in quick_check(sandbox)} < {check.name for check in checks}


def test_environment_of_the_host_is_invisible(sandbox: FreshSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMDAS_SECRET_FOR_TEST", "x")
    held = {check.name: check.passed for check in quick_check(sandbox)}
    assert held["host_environment_hidden"]
    assert held["host_files_hidden"]


def test_runs_from_several_threads_do_not_mix(sandbox: FreshSandbox) -> None:
    answers: dict[int, float] = {}

    def one(number: int) -> None:
        given = arguments(lambda rows: rows.sum(axis=1) + number)
        answers[number] = float(sandbox.execute(request("return model.predict_score(X)", given=given)).value[0])

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: 3.0 + number for number in range(4)}


def test_guest_killed_from_outside_is_a_fault_that_says_so(sandbox: FreshSandbox) -> None:
    def shoot(rows: np.ndarray) -> np.ndarray:
        for pid in guests(sandbox):
            with contextlib.suppress(OSError, ValueError):
                if b"python3" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]:
                    os.kill(int(pid), signal.SIGKILL)
        return rows.sum(axis=1)

    fault: Fault | None = sandbox.execute(request("return model.predict_score(X)", given=arguments(shoot))).fault
    assert (fault.kind, fault.message) == ("killed", "the guest was ended by SIGKILL")


def test_bubblewrap_guest_outlives_no_thread_it_needs(sandbox: FreshSandbox) -> None:
    """A run made in a thread that ends afterwards is whole: the guest's parent is the thread that waits for it."""
    results = []
    thread = threading.Thread(target=lambda: results.append(sandbox.execute(request("return X"))))
    thread.start()
    thread.join()
    assert results[0].fault is None


def test_guest_that_cannot_start_is_our_failure(sandbox: FreshSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("bubblewrap", "docker"):
        monkeypatch.setattr(f"llmdas_sandbox.{module}.ENTRY", "/no/such/file.py")
    with pytest.raises(SandboxFailure, match=r"exit code 2|could not be started"):
        sandbox.execute(request("return X"))
    assert guests(sandbox) == []
