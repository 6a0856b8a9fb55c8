"""What there is of ours on this machine: counted before and after, so that a test can say that nothing was left."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from llmdas_sandbox import Sandbox
from llmdas_sandbox.container import Container
from llmdas_sandbox.fresh import FreshSandbox
from llmdas_sandbox.identity import BASE, NOBODY
from llmdas_sandbox.owner import LABEL_OWNER, PREFIX, me
from llmdas_sandbox.rootfs import GuestRoot
from llmdas_sandbox.warm import WarmSandbox

_GUESTS = range(BASE, BASE + 2**22)  # the users of any process's guests
_PLACES = (("docker/", ""), ("system.slice/docker-", ".scope"))  # where an engine makes a container's groups


class Census(NamedTuple):
    """What this process has; whatever others have comes and goes meanwhile and is not counted."""

    containers: tuple[str, ...]  # in any state
    folders: tuple[str, ...]
    descriptors: Counter[str]  # by what they lead to: a memory file by its name, the rest by kind
    children: tuple[int, ...]  # zombies included
    guests_files: tuple[str, ...]  # in the machine's temporary folders


def census() -> Census:
    return Census(
        tuple(_containers()), tuple(sorted(left_folders())), _descriptors(), tuple(_children()), tuple(_guests_files())
    )


def opened(backend: str, level: str, root: GuestRoot, **more: Any) -> Sandbox:
    """A sandbox of a level, without asking whether it passes."""
    from llmdas_sandbox.bubblewrap import BubblewrapSandbox
    from llmdas_sandbox.docker import DockerSandbox

    if backend == "bubblewrap":
        fresh: FreshSandbox = BubblewrapSandbox(root.path.parents[2], root=root)
    else:
        fresh = DockerSandbox(root=root, runtime="runsc" if level == "vm" else "")
    return WarmSandbox(fresh, **more) if level == "warm" else fresh


class Traces(NamedTuple):
    """Containers that were started in a test, and where their file systems were mounted."""

    ids: list[str]
    mounts: list[str]

    def left(self) -> list[str]:
        """What of them is still in the kernel's tables."""
        mounted = Path("/proc/self/mountinfo").read_text()
        tops = [
            Path("/sys/fs/cgroup"),
            *Path("/sys/fs/cgroup").iterdir(),
        ]  # of version 2, of version 1
        names = [f"{place}{each}{end}" for each in self.ids for place, end in _PLACES]
        groups = [str(top / name) for top in tops for name in names if (top / name).exists()]
        return groups + [place for place in self.mounts if place in mounted]


@contextlib.contextmanager
def traced(monkeypatch: pytest.MonkeyPatch) -> Iterator[Traces]:
    """Note every container that is started."""
    traces, plain = Traces([], []), Container.start

    def start(self: Container, settings: dict[str, Any]) -> None:
        plain(self, settings)
        with contextlib.suppress(Exception):  # it may be gone already
            seen = self._api.inspect_container(self._id)
            traces.ids.append(seen["Id"])
            traces.mounts.append(seen["GraphDriver"]["Data"]["MergedDir"])

    monkeypatch.setattr(Container, "start", start)
    yield traces
    monkeypatch.setattr(Container, "start", plain)


def guests(sandbox: FreshSandbox | GuestRoot, backend: str = "", owner: int = 0) -> list[int]:
    """Processes of guests that a process (this one when 0) started; of bwrap, all on the cache of this root."""
    root = sandbox if isinstance(sandbox, GuestRoot) else sandbox.root
    if (backend or getattr(sandbox, "backend", "")) == "bubblewrap":
        return _namespaced(str(root.path.parents[2]).encode())
    import docker

    client = docker.from_env()
    found = []
    for container in client.api.containers(all=True, filters={"label": LABEL_OWNER}):
        if is_of(container["Labels"][LABEL_OWNER], owner):
            with contextlib.suppress(docker.errors.NotFound):
                found.append(client.api.inspect_container(container["Id"])["State"]["Pid"])
    client.close()
    return found


def is_of(label: str, owner: int) -> bool:
    """Whether a label names this very process (0) or its child of that number, not one of another machine's part."""
    boot, namespace, *_ = me().split("/")
    return label.split("/")[:3] == [boot, namespace, str(owner)] if owner else label == me()


def left_folders(owner: int = 0) -> set[str]:
    """Channel folders of this process (0) or of its child of that number."""
    found = set()
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}{owner or os.getpid()}-*"):
        with contextlib.suppress(OSError):
            if is_of((path / "owner").read_text(), owner):
                found.add(path.name)
    return found


def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    final = time.monotonic() + seconds
    while time.monotonic() < final:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def open_descriptors() -> int:
    """Descriptors of this process, but for the bounded pool of sockets that the engine's client keeps."""
    return sum(count for kind, count in _descriptors().items() if kind != "socket")


def memory() -> int:
    """Resident bytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _containers() -> list[str]:
    try:
        import docker

        client = docker.from_env()
    except Exception:  # no engine, no container
        return []
    try:
        found = client.api.containers(all=True, filters={"label": LABEL_OWNER})
        return sorted(each["Id"] for each in found if is_of(each["Labels"][LABEL_OWNER], 0))
    finally:
        client.close()


def _descriptors() -> Counter[str]:
    kinds: Counter[str] = Counter()
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            kinds[re.sub(rf"{PREFIX}[^/]+", PREFIX, str(descriptor.readlink()).split(":[")[0])] += 1
    return kinds


def _children() -> list[int]:
    found = []
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):
            found += map(int, (task / "children").read_text().split())
    return sorted(found)


def _guests_files() -> list[str]:
    found = []
    for folder in ("/tmp", "/dev/shm", "/var/tmp"):  # they are looked at, not used
        for path in Path(folder).glob("*"):
            with contextlib.suppress(OSError):
                if (user := path.lstat().st_uid) in _GUESTS or user == NOBODY:
                    found.append(str(path))
    return sorted(found)


def _namespaced(cache: bytes) -> list[int]:
    """bwrap's processes that name a root of that cache in their command, and their children."""
    commands, parents = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            commands[int(folder.name)] = (folder / "cmdline").read_bytes().split(b"\0")
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    known = {
        pid
        for pid, command in commands.items()
        if b"--ro-bind" in command and any(word.startswith(cache + b"/") for word in command)
    }
    return sorted(known | {pid for pid, parent in parents.items() if parent in known})
