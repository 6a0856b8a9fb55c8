"""Whose container or folder is this? Names a process so that the next one can tell whether it is still alive."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

LABEL_OWNER = "llmdas.owner"
PREFIX = "llmdas-channel-"


def me() -> str:
    """Return boot, pid namespace, pid and start time of this process; together they are never used twice."""
    return f"{_boot()}/{_namespace()}/{os.getpid()}/{_started(os.getpid())}"


def is_dead(owner: str) -> bool:
    """Say whether that process has certainly ended; False where this process cannot know."""
    parts = owner.split("/")
    if len(parts) != 4 or not parts[2].isdigit():
        return False
    boot, namespace, pid, started = parts
    if boot != _boot():
        return True
    return namespace == _namespace() and _started(int(pid)) != started


def reap_folders() -> None:
    """Remove the channel folders of dead owners among this user's."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.stat().st_uid == os.geteuid() and is_dead((folder / "owner").read_text()):
                shutil.rmtree(folder, ignore_errors=True)


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _namespace() -> str:
    return os.readlink("/proc/self/ns/pid")  # noqa: PTH115 # not a path


def _started(pid: int) -> str:
    """Return the start time in clock ticks since boot (proc(5), field 22), empty when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
