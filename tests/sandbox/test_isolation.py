"""What a guest can see and what it leaves behind, looked at from outside while it runs and afterwards."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from llmdas_sandbox import Fault, Limits, SandboxFailure
from llmdas_sandbox.fresh import FreshSandbox
from llmdas_sandbox.owner import LABEL_OWNER, PREFIX, me
from llmdas_sandbox.rootfs import GuestRoot
from llmdas_sandbox.selfcheck import quick_check, selfcheck
from tests.sandbox.backends import make
from tests.sandbox.programs import arguments, request

SPIN = "while True:\n    pass"


def guests(sandbox: FreshSandbox, owner: int = 0) -> list[int]:
    """Processes of guests that a process (this one when 0) started on this sandbox's root, and no others."""
    if sandbox.backend == "bubblewrap":
        return _namespaced(str(sandbox.root.path).encode())
    import docker

    client = docker.from_env()
    found = []
    for container in client.api.containers(all=True, filters={"label": LABEL_OWNER}):
        if _is_of(container["Labels"][LABEL_OWNER], owner):
            found.append(client.api.inspect_container(container["Id"])["State"]["Pid"])
    client.close()
    return found


def _is_of(label: str, owner: int) -> bool:
    """Whether a label names this very process (0) or its child of that number, not one of another machine's part."""
    boot, namespace, *_ = me().split("/")
    return label.split("/")[:3] == [boot, namespace, str(owner)] if owner else label == me()


def _namespaced(root: bytes) -> list[int]:
    """bwrap's processes that name the root in their command, and their children."""
    commands, parents = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            commands[int(folder.name)] = (folder / "cmdline").read_bytes().split(b"\0")
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    known = {pid for pid, command in commands.items() if root in command}
    return sorted(known | {pid for pid, parent in parents.items() if parent in known})


def open_descriptors() -> int:
    """Descriptors of this process, but for the bounded pool of sockets that the engine's client keeps."""
    count = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            count += not str(descriptor.readlink()).startswith("socket:")
    return count


def left_folders(owner: int = 0) -> set[str]:
    """Channel folders of this process (0) or of its child of that number; those of others come and go meanwhile."""
    found = set()
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}{owner or os.getpid()}-*"):
        with contextlib.suppress(OSError):
            if _is_of((path / "owner").read_text(), owner):
                found.add(path.name)
    return found


def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    final = time.monotonic() + seconds
    while time.monotonic() < final:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


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
    before = left_folders()
    sandbox.run(request(body, limits))
    assert guests(sandbox) == []
    assert left_folders() == before
    assert open_descriptors() == descriptors
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_nothing_is_left_behind_when_the_callback_fails(sandbox: FreshSandbox) -> None:
    def broken(rows: np.ndarray) -> np.ndarray:
        raise KeyboardInterrupt

    before = left_folders()
    with pytest.raises(KeyboardInterrupt):
        sandbox.run(request("return model.predict_score(X)", given=arguments(broken)))
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

    sandbox.run(request("return model.predict_score(X)", given=arguments(look)))
    assert seen
    for users, capabilities, no_new_privileges in seen:
        assert "0" not in users
        if os.geteuid() == 0:
            assert users == ["65534"] * 4
        assert (int(capabilities, 16) == 0) or no_new_privileges == "0", "only bwrap itself, before it drops all"


def test_every_control_is_measured_and_holds(sandbox: FreshSandbox) -> None:
    checks = selfcheck(sandbox)
    assert [check for check in checks if not check.passed] == []
    assert len({check.name for check in checks}) == len(checks) == 19


def test_quick_check_is_part_of_the_whole(sandbox: FreshSandbox) -> None:
    assert {check.name for check in quick_check(sandbox)} < {check.name for check in selfcheck(sandbox)}


def test_environment_of_the_host_is_invisible(sandbox: FreshSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMDAS_SECRET_FOR_TEST", "x")
    held = {check.name: check.passed for check in quick_check(sandbox)}
    assert held["host_environment_hidden"]
    assert held["host_files_hidden"]


def test_runs_from_several_threads_do_not_mix(sandbox: FreshSandbox) -> None:
    answers: dict[int, float] = {}

    def one(number: int) -> None:
        given = arguments(lambda rows: rows.sum(axis=1) + number)
        answers[number] = float(sandbox.run(request("return model.predict_score(X)", given=given)).value[0])

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

    fault: Fault | None = sandbox.run(request("return model.predict_score(X)", given=arguments(shoot))).fault
    assert (fault.kind, fault.message) == ("killed", "the guest was ended by SIGKILL")


OWNER = """
import sys, os
sys.path[:0] = [{root!r}]
from pathlib import Path
from tests.sandbox.backends import make
from tests.sandbox.programs import arguments, request
from llmdas_sandbox import Limits
from llmdas_sandbox.rootfs import ensure_root
def tell(rows):
    print("running", flush=True)
    return rows.sum(axis=1)
body = "model.predict_score(X)\\nwhile True:\\n    {work}"
program = request(body, Limits(wall_s=60, cpu_s=60), given=arguments(tell))
make({backend!r}, ensure_root(Path({cache!r}))).run(program)
"""


@pytest.mark.parametrize("work", ["pass", "max(range(10 ** 12))"], ids=["in byte code", "inside C"])
def test_death_of_the_owner_ends_the_guest(sandbox: FreshSandbox, cache: Path, root: GuestRoot, work: str) -> None:
    """Whatever the program is at; no later start is needed for it, which then removes what is left of a container."""
    place = str(Path(__file__).parents[2])
    program = OWNER.format(root=place, backend=sandbox.backend, cache=str(cache), work=work)
    owner = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert owner.stdout.readline() == "running\n"
    assert guests(sandbox, owner.pid)
    owner.kill()
    owner.wait()
    owner.stdout.close()
    assert eventually(lambda: not any(guests(sandbox, owner.pid))), "a stopped container has process 0"
    make(sandbox.backend, root).close()
    assert guests(sandbox, owner.pid) == []
    assert left_folders(owner.pid) == set()


def test_bubblewrap_guest_outlives_no_thread_it_needs(sandbox: FreshSandbox) -> None:
    """A run made in a thread that ends afterwards is whole: the guest's parent is the thread that waits for it."""
    results = []
    thread = threading.Thread(target=lambda: results.append(sandbox.run(request("return X"))))
    thread.start()
    thread.join()
    assert results[0].fault is None


def test_guest_that_cannot_start_is_our_failure(sandbox: FreshSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("bubblewrap", "docker"):
        monkeypatch.setattr(f"llmdas_sandbox.{module}.ENTRY", "/no/such/file.py")
    with pytest.raises(SandboxFailure, match=r"exit code 2|could not be started"):
        sandbox.run(request("return X"))
    assert guests(sandbox) == []
