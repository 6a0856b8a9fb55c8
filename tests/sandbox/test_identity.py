"""To the host a guest is a user that nobody else is: another local process cannot read, trace or end it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from llmdas_sandbox import Limits
from llmdas_sandbox.docker import DockerSandbox
from llmdas_sandbox.identity import BASE, NOBODY, guest_identity
from llmdas_sandbox.rootfs import GuestRoot
from tests.sandbox.backends import BACKENDS, unusable, why_not
from tests.sandbox.census import guests, opened
from tests.sandbox.programs import arguments, request

ASK = "from llmdas_sandbox.identity import guest_identity as ask; print(ask())"
# opening /proc/PID/mem asks the kernel what ptrace(2) asks; signal 0 asks for the right to send and sends nothing
REACH = 'for p; do (exec 3<"/proc/$p/mem") && echo "reads $p"; kill -0 "$p" && echo "signals $p"; done'


def reached_by(user: int, processes: list[int]) -> str:
    command = ["/bin/sh", "-c", REACH, "sh", *map(str, processes)]
    return subprocess.run(command, capture_output=True, text=True, user=user, group=user, extra_groups=()).stdout


def family(process: int) -> list[int]:
    found = [process]
    for task in Path(f"/proc/{process}/task").glob("*"):
        with contextlib.suppress(OSError):
            found += [each for child in (task / "children").read_text().split() for each in family(int(child))]
    return found


@pytest.mark.skipif(os.geteuid() != 0, reason="ONLY AS ROOT: it looks at guests as another user")
@pytest.mark.parametrize("backend", BACKENDS)
def test_process_of_the_user_nobody_reaches_no_living_guest(root: GuestRoot, backend: str) -> None:
    if reason := why_not(backend, root):
        unusable(backend, reason)
    seen: list[tuple[list[int], str]] = []

    def look(rows: np.ndarray) -> np.ndarray:
        living = sorted({each for guest in guests(root, backend) for each in family(guest)})
        seen.append((living, reached_by(NOBODY, living)))
        return rows.sum(axis=1)

    with opened(backend, "warm", root) as box:
        assert box.execute(request("return model.predict_score(X)", given=arguments(look))).fault is None
    [(living, reached)] = seen
    assert len(living) >= 2, "the warm guest and its child"
    assert reached == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="ONLY AS ROOT: it starts a process of another user")
def test_process_of_the_user_nobody_reaches_another_one() -> None:
    """Or the test above would hold whatever the guest's user."""
    with subprocess.Popen(["/bin/sleep", "60"], user=NOBODY, group=NOBODY, extra_groups=()) as sleeper:
        try:
            assert f"signals {sleeper.pid}" in reached_by(NOBODY, [sleeper.pid])
        finally:
            sleeper.kill()


def test_each_host_process_has_a_number_of_its_own_and_so_has_a_forked_child() -> None:
    other = int(subprocess.run([sys.executable, "-c", ASK], capture_output=True, check=True).stdout)
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        os.write(write, str(guest_identity()).encode())
        os._exit(0)
    os.waitpid(child, 0)
    forked = int(os.read(read, 100))
    os.close(read)
    os.close(write)
    numbers = {guest_identity(), other, forked}
    assert len(numbers) == 3
    assert all(BASE < number < BASE + 2**22 for number in numbers)


def test_number_that_a_user_namespace_does_not_have_is_not_asked_for() -> None:
    command = [shutil.which("unshare") or "unshare", "--user", "--map-root-user"]
    try:
        subprocess.run([*command, sys.executable, "-c", ""], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("USER NAMESPACE NOT TESTED: unshare cannot run this interpreter in one")
    said = subprocess.run([*command, sys.executable, "-c", ASK], capture_output=True, check=True).stdout
    assert int(said) == NOBODY


@pytest.mark.docker
@pytest.mark.parametrize(
    ("options", "user"),
    [
        (["name=seccomp,profile=default"], guest_identity),
        (None, guest_identity),
        (["name=apparmor", "name=userns"], lambda: NOBODY),
        (["name=rootless"], lambda: NOBODY),
    ],
    ids=["plain", "none told", "userns", "rootless"],
)
def test_engine_that_maps_users_is_asked_for_one_that_it_has(
    root: GuestRoot, monkeypatch: pytest.MonkeyPatch, options: list[str] | None, user: Callable[[], int]
) -> None:
    if reason := why_not("docker", root):
        unusable("docker", reason)
    from docker import APIClient

    asked = APIClient.info
    monkeypatch.setattr(APIClient, "info", lambda client: asked(client) | {"SecurityOptions": options})
    with DockerSandbox(root=root) as box:
        assert box._settings(["run"], Limits(), root.path)["user"] == f"{user()}:{user()}"
