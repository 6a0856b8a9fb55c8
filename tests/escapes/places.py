"""Where each script is tried: every backend at every level, and each backend without the guest's second filter.

`warm` holds one zygote over all scripts, through faults as well, where the product would give it up: so what one script
did to it, the next one would find. `bare` is the product's own guest, but for one file that these tests mount over its
entry and that leaves the second system-call filter out: so namespaces, container, first filter and limits are seen to
hold by themselves. The product has no way to start it.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from llmdas_sandbox import Fault, Request
from llmdas_sandbox.bubblewrap import BubblewrapSandbox
from llmdas_sandbox.docker import DockerSandbox
from llmdas_sandbox.fresh import FreshSandbox
from llmdas_sandbox.interface import Array, Usage
from llmdas_sandbox.limits import Limits
from llmdas_sandbox.rootfs import GuestRoot
from llmdas_sandbox.rootfs_build import ENTRY, GUEST_PACKAGE
from llmdas_sandbox.session import converse
from llmdas_sandbox.warm import Zygote
from tests.sandbox.backends import make, public_folder
from tests.sandbox.census import guests, left_folders

NAMES = (
    "bubblewrap-warm", "bubblewrap-fresh", "bubblewrap-bare",
    "docker-warm", "docker-fresh", "docker-bare", "docker-vm",
)  # fmt: skip
WHOLE = ("bubblewrap-warm", "bubblewrap-bare", "docker-warm")  # a guest costs little there
GVISOR = "runsc"
LIMITS = Limits(wall_s=2.5, cpu_s=1.0, memory_bytes=400 << 20, processes=8)
Outcome = tuple[Array | None, Fault | None, Usage]
_START = 'if __name__ == "__main__":\n'
_WITHOUT_FILTER = "    from llmdas_sandbox.guest import lockdown\n\n    lockdown.filter_calls = lambda: None\n"


class BareBubblewrap(BubblewrapSandbox):
    """Another file lies over the guest's entry."""

    entry: Path

    def _command(self, *words: Any) -> list[str]:
        command = super()._command(*words)
        place = command.index("--chdir")
        return [*command[:place], "--ro-bind", str(self.entry), ENTRY, *command[place:]]


class BareDocker(DockerSandbox):
    """Another file lies over the guest's entry."""

    entry: Path

    def _settings(self, *words: Any) -> dict[str, Any]:
        settings: dict[str, Any] = super()._settings(*words)
        mount = {"Target": ENTRY, "Source": str(self.entry), "Type": "bind", "ReadOnly": True}
        settings["host_config"]["Mounts"].append(mount)
        return settings


class Place:
    """One backend at one level: runs a request and tells what was left.

    Args:
        name: one of `NAMES`.
        root: the product's root.
    """

    def __init__(self, name: str, root: GuestRoot) -> None:
        self.backend, self.level = name.split("-")
        self._zygote: Zygote | None = None
        self._opened = contextlib.ExitStack()
        self.sandbox = self._sandbox(root)
        self._opened.callback(self.sandbox.close)
        self._first: list[tuple[int, str]] = []  # first processes of namespaces, by number and time of their start
        if isinstance(self.sandbox, BubblewrapSandbox):
            self._note_namespaces(self.sandbox)

    def run(self, request: Request) -> Outcome:
        """Run one request as the product would, with no guard and no gate."""
        if self.level != "warm":
            result = self.sandbox.execute(request)
            return result.value, result.fault, result.usage
        if self._zygote is None:
            self._zygote = Zygote(self.sandbox.launch_zygote(LIMITS))
        outcome = converse(self._zygote.fork(request), request)
        if self._zygote.spoilt or not self._zygote.alive():
            self._zygote.close()
            self._zygote = None
        return outcome

    def left(self) -> list[str]:
        """What is there after a run that should not be."""
        if self.level != "warm" and self.backend == "bubblewrap":
            return [
                f"process {pid} and its namespace"
                for pid, started in self._first
                if started and _started(pid) == started
            ]
        if self.level != "warm":
            return [str(found) for found in {*guests(self.sandbox), *left_folders()} - self._before]
        return [f"process {pid} of the warm guest's namespace" for pid in self._children()]

    def look(self) -> None:
        """Remember what is there before a run."""
        self._before = {*guests(self.sandbox), *left_folders()} if self.backend == "docker" else set()
        self._first.clear()

    def close(self) -> None:
        """End all guests."""
        if self._zygote is not None:
            self._zygote.close()
        self._opened.close()

    def _sandbox(self, root: GuestRoot) -> FreshSandbox:
        if self.level == "vm":
            return DockerSandbox(root=root, runtime=GVISOR)
        if self.level != "bare":
            return make(self.backend, root)
        entry = self._opened.enter_context(_entry())
        bare: BareBubblewrap | BareDocker
        if self.backend == "docker":
            bare = BareDocker(root=root)
        else:
            bare = BareBubblewrap(root.path.parents[2], root=root)
        bare.entry = entry
        return bare

    def _note_namespaces(self, sandbox: BubblewrapSandbox) -> None:
        """Have each namespace's first process noted: when it is gone, the kernel has ended all others."""

        def noted(launch: Callable[..., Any]) -> Callable[..., Any]:
            def launched(*words: Any) -> Any:
                guest = launch(*words)
                first = guest._namespace._init_pid
                self._first.append((first, _started(first)))
                return guest

            return launched

        sandbox.launch = noted(sandbox.launch)  # type: ignore[method-assign] # on this one object
        sandbox.launch_zygote = noted(sandbox.launch_zygote)  # type: ignore[method-assign] # likewise

    def _children(self) -> list[int]:
        """Processes in the zygote's namespace, but for the zygote and its init."""
        if self._zygote is None:
            return []
        process: Any = self._zygote.process
        first = process._namespace._init_pid if self.backend == "bubblewrap" else process._container.pid()
        space = Path(f"/proc/{first}/ns/pid").readlink()
        inside = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if (folder / "ns" / "pid").readlink() == space:
                    inside.append(int(folder.name))
        expected = {first, process._namespace.interpreter()} if self.backend == "bubblewrap" else {first}
        return sorted(set(inside) - expected)


def _started(pid: int) -> str:
    """When a process was started, in the kernel's ticks; empty when there is none."""
    with contextlib.suppress(OSError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] in "ZX" else fields[19]
    return ""


@contextlib.contextmanager
def _entry() -> Iterator[Path]:
    """Yield the guest's entry without the second filter, in a folder that a guest's user may enter."""
    source = (GUEST_PACKAGE / "__main__.py").read_text()
    if source.count(_START) != 1:
        raise AssertionError("the guest's entry has changed: say here where the second filter can be left out")
    folder = public_folder()
    path = folder / "entry.py"
    path.write_text(source.replace(_START, _START + _WITHOUT_FILTER))
    path.chmod(0o644)
    yield path
    shutil.rmtree(folder, ignore_errors=True)
