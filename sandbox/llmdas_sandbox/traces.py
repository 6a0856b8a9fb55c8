"""What this process has on the machine because of guests: compared before and after, so that nothing is left behind."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from llmdas_sandbox.owner import LABEL_OWNER, PREFIX, me

LISTENING = "llmdas-doctor-"  # how the folder begins in which the check listens; then our process id
_SECONDS = 5.0  # for the kernel to take a namespace apart


class Traces(NamedTuple):
    """Names of what there is; each tuple is sorted."""

    processes: tuple[str, ...]  # children of this process, zombies included
    containers: tuple[str, ...]  # in any state
    mounts: tuple[str, ...]
    memory_files: tuple[str, ...]  # that this process holds open
    folders: tuple[str, ...]


def traces(backend: str) -> Traces:
    """Look at what there is now.

    Raises:
        SandboxFailure: the engine does not answer.
    """
    temporary = Path(tempfile.gettempdir())
    folders = [*temporary.glob(f"{PREFIX}{os.getpid()}-*"), *temporary.glob(f"{LISTENING}{os.getpid()}-*")]
    return Traces(
        tuple(sorted(_children())),
        tuple(sorted(_containers())) if backend == "docker" else (),
        tuple(sorted(_mounts())),
        tuple(sorted(_memory_files())),
        tuple(sorted(str(folder) for folder in folders)),
    )


def left_since(before: Traces, backend: str) -> dict[str, list[str]]:
    """Return what there is now and was not before, after waiting a little for it to go; empty when nothing is left."""
    final = time.monotonic() + _SECONDS
    while True:
        now = traces(backend)
        left = {
            kind: sorted(set(here) - set(earlier))
            for kind, here, earlier in zip(Traces._fields, now, before, strict=True)
        }
        if not any(left.values()) or time.monotonic() >= final:
            return {kind: names for kind, names in left.items() if names}
        time.sleep(0.05)


def _children() -> list[str]:
    found = []
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):
            found += (task / "children").read_text().split()
    return found


def _containers() -> list[str]:
    from llmdas_sandbox.engine import connect, engine_errors

    client = connect()
    try:
        with engine_errors("The engine's containers could not be listed"):
            return [
                found["Id"] for found in client.api.containers(all=True, filters={"label": f"{LABEL_OWNER}={me()}"})
            ]
    finally:
        client.close()


def _mounts() -> list[str]:
    with contextlib.suppress(OSError):
        return [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines() if PREFIX in line]
    return []


def _memory_files() -> list[str]:
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            if "memfd:" in str(descriptor.readlink()):
                found.append(descriptor.name)
    return found
