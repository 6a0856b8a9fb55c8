"""A measure is left out for real, and exactly the controls that should notice report it; all of it is harmless."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import llmdas_sandbox.bubblewrap as bubblewrap
from llmdas_sandbox import Limits, Request, Result
from llmdas_sandbox.bubblewrap import BubblewrapSandbox
from llmdas_sandbox.docker import DockerSandbox
from llmdas_sandbox.driving import driven, owners_parted
from llmdas_sandbox.fresh import FreshSandbox
from llmdas_sandbox.owner import PREFIX
from llmdas_sandbox.probing import probed
from llmdas_sandbox.rootfs import GuestRoot, ensure_root
from llmdas_sandbox.rootfs_build import GUEST_PACKAGE
from llmdas_sandbox.traces import left_since, traces
from llmdas_sandbox.warm import WarmSandbox
from tests.sandbox.backends import public_folder, unusable, why_not

Change = Callable[[list[str]], list[str]]
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="ONLY AS ROOT: another user cannot keep user 0")


@pytest.fixture
def bwrap(root: GuestRoot) -> None:
    if reason := why_not("bubblewrap", root):
        unusable("bubblewrap", reason)


@pytest.fixture
def engine(root: GuestRoot) -> None:
    if reason := why_not("docker", root):
        unusable("docker", reason)


@pytest.fixture
def place() -> Iterator[Path]:
    folder = public_folder()
    yield folder
    shutil.rmtree(folder)


def failed(sandbox: FreshSandbox, level: str = "fresh", *, full: bool = False) -> set[str]:
    return {check.name for check in probed(sandbox, level, full=full) if not check.passed}


def without(*words: str) -> Change:
    """Leave out words, and the word after those that end in =."""

    def change(command: list[str]) -> list[str]:
        kept, skip = [], False
        for word in command:
            if not skip and word not in words and f"{word}=" not in words:
                kept.append(word)
            skip = f"{word}=" in words and not skip
        return kept

    return change


def with_more(*words: str) -> Change:
    """Add words after the root is bound."""

    def change(command: list[str]) -> list[str]:
        at = command.index("--chdir")
        return [*command[:at], *words, *command[at:]]

    return change


def shared(kind: str) -> Change:
    """Leave out one namespace."""
    kept = [f"--unshare-{other}" for other in ("net", "ipc", "pid", "uts") if other != kind]
    return lambda command: [new for word in command for new in (kept if word == "--unshare-all" else [word])]


class ChangedBubblewrap(BubblewrapSandbox):
    """bwrap with another command."""

    change: Change

    def _command(self, *rest: Any) -> list[str]:
        return self.change(super()._command(*rest))


def changed(root: GuestRoot, change: Change) -> ChangedBubblewrap:
    sandbox = ChangedBubblewrap(root.path.parents[2], root=root)
    sandbox.change = change
    return sandbox


def on_tmpfs(root: GuestRoot, *words: str) -> Change:
    """The same root put together on a tmpfs, with more in it; read-only again at the end."""
    binds = [word for entry in sorted(root.path.iterdir()) for word in ("--ro-bind", str(entry), f"/{entry.name}")]

    def change(command: list[str]) -> list[str]:
        at = command.index("--ro-bind")
        return [*command[:at], "--tmpfs", "/", *binds, *words, "--remount-ro", "/", *command[at + 3 :]]

    return change


@pytest.mark.bubblewrap
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (shared("net"), {"own_namespaces", "no_route"}),
        (shared("ipc"), {"own_namespaces"}),
        (lambda command: without("--hostname=")(shared("uts")(command)), {"own_namespaces"}),
        (without("--seccomp="), {"first_filter", "no_inherited_descriptors"}),
        (with_more("--tmpfs", "/tmp"), {"read_only_root"}),
        (with_more("--setenv", "SECRET", "x"), {"host_environment_hidden"}),
        (
            with_more("--tmpfs", "/dev", "--dev-bind", "/dev/zero", "/dev/disk0", "--remount-ro", "/dev"),
            {"no_devices"},
        ),
    ],
    ids=["network", "ipc", "uts", "first filter", "writable folder", "environment", "device"],
)
def test_bubblewrap_without_one_measure(bwrap: None, root: GuestRoot, change: Change, expected: set[str]) -> None:
    assert failed(changed(root, change)) == expected


@pytest.mark.bubblewrap
def test_bubblewrap_that_keeps_a_capability(bwrap: None, root: GuestRoot) -> None:
    def change(command: list[str]) -> list[str]:
        at = command.index("--cap-drop")
        return [*command[: at + 2], "--cap-add", "CAP_NET_RAW", *command[at + 2 :]]

    assert failed(changed(root, change)) == {"no_capabilities"}


@pytest.mark.bubblewrap
def test_bubblewrap_with_files_of_the_host(bwrap: None, root: GuestRoot) -> None:
    assert failed(changed(root, on_tmpfs(root, "--ro-bind", "/etc", "/etc"))) == {"host_files_hidden"}


@pytest.mark.bubblewrap
def test_bubblewrap_with_an_engine_socket(bwrap: None, root: GuestRoot, place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as fake:
        fake.bind(str(place / "fake"))
        change = on_tmpfs(root, "--ro-bind", str(place / "fake"), "/run/docker.sock")
        assert failed(changed(root, change)) == {"no_engine_socket"}


@pytest.mark.bubblewrap
def test_bubblewrap_with_a_setting_of_the_kernel_open(bwrap: None, root: GuestRoot, place: Path) -> None:
    """A plain file stands in for /proc/sysrq-trigger: what is open for writing is found by opening it."""
    (place / "setting").touch()
    (place / "setting").chmod(0o666)
    words = ("--tmpfs", "/proc", "--bind", str(place / "setting"), "/proc/sysrq-trigger", "--remount-ro", "/proc")
    assert failed(changed(root, with_more(*words))) == {"kernel_settings_closed"}


@pytest.mark.bubblewrap
@pytest.mark.parametrize("kind", ["file", "socket"])
def test_descriptor_that_the_host_forgot_to_close(
    bwrap: None, root: GuestRoot, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    ours, theirs = socket.socketpair() if kind == "socket" else (os.fdopen(end) for end in os.pipe())
    plain = bubblewrap._spawn

    def spawn(command: list[str], descriptors: tuple[int, ...], words: int) -> Any:
        return plain(command, (*descriptors, theirs.fileno()), words)

    monkeypatch.setattr(bubblewrap, "_spawn", spawn)
    with ours, theirs:
        assert failed(changed(root, lambda command: command)) == {"no_inherited_descriptors"}


@AS_ROOT
@pytest.mark.bubblewrap
def test_bubblewrap_started_by_root_without_giving_the_user_up(
    bwrap: None, root: GuestRoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the look from outside can tell: inside, the number is 65534 either way."""
    plain = subprocess.Popen

    def popen(*words: Any, **more: Any) -> Any:
        return plain(*words, **more | {"user": None, "group": None, "extra_groups": None})

    monkeypatch.setattr(bubblewrap.subprocess, "Popen", popen)
    assert failed(changed(root, lambda command: command)) == {"not_root_on_host"}


class ChangedDocker(DockerSandbox):
    """Docker with other settings of the container."""

    change: Callable[[dict[str, Any]], None]

    def _settings(self, *rest: Any) -> dict[str, Any]:
        settings = super()._settings(*rest)
        self.change(settings)
        return settings


def _host(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda settings: settings["host_config"].update(values)


def _network_of_the_host(settings: dict[str, Any]) -> None:
    settings["network_disabled"] = False
    settings.pop("hostname")
    settings["host_config"]["NetworkMode"] = "host"


def _network_and_no_filter(settings: dict[str, Any]) -> None:
    _network_of_the_host(settings)
    settings["host_config"]["SecurityOpt"] = ["no-new-privileges:true", "seccomp=unconfined"]


@pytest.mark.docker
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (_network_of_the_host, {"own_namespaces", "no_route", "no_network"}),
        (_host(PidMode="host"), {"own_namespaces"}),
        (_host(CapDrop=[], CapAdd=["NET_RAW"]), {"no_capabilities"}),
        # both together: without no-new-privileges runc sets a filter before it gives up rights, and ours forbids that
        (_host(SecurityOpt=[]), {"no_new_privileges", "first_filter"}),
        (_host(SecurityOpt=["no-new-privileges:true", "seccomp=unconfined"]), {"first_filter"}),
        (lambda settings: settings.update(user="0:0"), {"not_root", "not_root_on_host", "read_only_root"}),
        (lambda settings: settings.update(environment={**settings["environment"], "SECRET": "x"}),
         {"host_environment_hidden"}),
    ],
    ids=["network", "pid", "capability", "privileges", "first filter", "root", "environment"],
)  # fmt: skip
def test_docker_without_one_measure(
    engine: None, root: GuestRoot, change: Callable[[dict[str, Any]], None], expected: set[str]
) -> None:
    with ChangedDocker(root=root) as sandbox:
        sandbox.change = change
        assert failed(sandbox) == expected


class PlainDocker(DockerSandbox):
    def _first_filter(self, mode: str) -> list[str]:
        return []


@pytest.mark.docker
@pytest.mark.parametrize("level", ["warm", "fresh"])
def test_docker_with_the_filter_of_the_engine_alone(engine: None, root: GuestRoot, level: str) -> None:
    """The engine's own filter refuses a user namespace and a key ring too: it must not be taken for ours."""
    with PlainDocker(root=root) as sandbox:
        (check,) = (check for check in probed(sandbox, level, full=False) if not check.passed)
    assert check.name == "first_filter"
    assert re.search("success: .*; EBADF: .*; new user namespace: EPERM; key ring: EPERM", check.detail)


@pytest.mark.docker
def test_docker_without_a_limit_on_processes(engine: None, root: GuestRoot) -> None:
    with ChangedDocker(root=root) as sandbox:
        sandbox.change = _host(PidsLimit=0)
        (check,) = (check for check in probed(sandbox, "fresh", full=True) if not check.passed)
    assert check.name == "process_limit"
    assert re.search("fork refused .* by the rlimit.*fork not refused by the cgroup$", check.detail)


@pytest.mark.docker
def test_docker_with_a_folder_that_can_be_written(engine: None, root: GuestRoot, place: Path) -> None:
    from docker.types import Mount

    place.chmod(0o777)
    with ChangedDocker(root=root) as sandbox:
        mount = Mount("/tmp", str(place), type="bind")
        sandbox.change = lambda settings: settings["host_config"]["Mounts"].append(mount)
        assert failed(sandbox) == {"read_only_root"}
    assert list(place.iterdir()) == []


@pytest.mark.docker
def test_docker_with_an_engine_socket(engine: None, root: GuestRoot, place: Path) -> None:
    from docker.types import Mount

    with socket.socket(socket.AF_UNIX) as fake, ChangedDocker(root=root) as sandbox:
        fake.bind(str(place / "fake"))
        mount = Mount("/var/run/docker.sock", str(place / "fake"), type="bind", read_only=True)
        sandbox.change = lambda settings: settings["host_config"]["Mounts"].append(mount)
        assert failed(sandbox) == {"no_engine_socket"}


@pytest.mark.docker
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (_host(Memory=0, MemorySwap=0), {"memory_cgroup"}),
        (_network_of_the_host, {"own_namespaces", "no_route", "no_network"}),  # the first filter still refuses sockets
        (_network_and_no_filter,
         {"own_namespaces", "no_route", "no_network", "host_sockets_unreachable", "first_filter"}),
        (_host(PidMode="host"), {"own_namespaces", "other_runs_hidden"}),
    ],
    ids=["memory", "network", "network and first filter", "other runs"],
)  # fmt: skip
def test_docker_without_what_the_whole_check_measures(
    engine: None, root: GuestRoot, change: Callable[[dict[str, Any]], None], expected: set[str]
) -> None:
    with ChangedDocker(root=root) as sandbox:
        sandbox.change = change
        noticed = failed(sandbox, full=True)
    assert noticed - {"no_dns"} == expected  # whether a name server answers is the network's affair


GUESTS = {
    "no second filter": (
        "lockdown.py",
        "    machine = platform.machine()\n",
        "    return\n    machine = platform.machine()\n",
        {"second_filter", "filter_kills", "no_sockets", "zygote_out_of_reach"},
    ),
    "second filter on one thread only": (
        "filter.py",
        "_SET_MODE_FILTER, _TSYNC, ctypes",
        "_SET_MODE_FILTER, 0, ctypes",
        {"second_filter"},
    ),
    "no limits": (
        "lockdown.py",
        "    _set_cpu_limit(limits[",
        "    return\n    _set_cpu_limit(limits[",
        {"memory_limit", "process_limit", "open_files_limit"},
    ),
    "control socket left open": (
        "zygote.py",
        "for mine in (control, noticed, notice):",
        "for mine in (noticed, notice):",
        {"no_inherited_descriptors", "no_control_socket"},
    ),
}


@pytest.mark.bubblewrap
@pytest.mark.slow
@pytest.mark.parametrize("name", GUESTS)
def test_guest_that_leaves_out_a_step(bwrap: None, place: Path, name: str) -> None:
    """A guest of its own, with one step taken out; at the level warm, where the child has most to give up."""
    file, step, instead, expected = GUESTS[name]
    package = place / "package"
    shutil.copytree(GUEST_PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    source = (package / file).read_text()
    assert source.count(step) == 1
    (package / file).write_text(source.replace(step, instead))
    broken = ensure_root(place / "cache", guest_package=package)
    assert failed(BubblewrapSandbox(place / "cache", root=broken), "warm", full=True) == expected


class Unlimited(WarmSandbox):
    """Runs every program under limits of its own, whatever the request says."""

    def execute(self, request: Request) -> Result:
        return super().execute(replace(request, limits=Limits(wall_s=4.0, cpu_s=30.0)))


@pytest.mark.bubblewrap
def test_limit_that_bites_at_another_value_is_noticed(bwrap: None, root: GuestRoot) -> None:
    """But for memory: the program asks for more than either limit at once."""
    with Unlimited(BubblewrapSandbox(root.path.parents[2], root=root)) as sandbox:
        held = {check.name for check in driven(sandbox) if check.passed}
    assert held == {"program_memory_limit"}


@pytest.mark.bubblewrap
def test_warm_guest_that_serves_two_owners_is_noticed(
    bwrap: None, root: GuestRoot, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = BubblewrapSandbox(root.path.parents[2], root=root)
    assert owners_parted(sandbox).passed
    monkeypatch.setattr(WarmSandbox, "_take", lambda self, key: self._idle.pop()[1] if self._idle else None)
    assert not owners_parted(sandbox).passed


def test_what_is_left_behind_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmdas_sandbox.traces._SECONDS", 0.0)
    before = traces("bubblewrap")
    assert left_since(before, "bubblewrap") == {}
    folder = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")
    memory = os.memfd_create("left")
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        left = left_since(before, "bubblewrap")
    finally:
        child.communicate(b"\n")
        os.close(memory)
        Path(folder).rmdir()
    assert left == {"processes": [str(child.pid)], "memory_files": [str(memory)], "folders": [folder]}
    assert left_since(before, "bubblewrap") == {}
