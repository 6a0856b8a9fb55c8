"""Whose container or folder is this? Names a process so that the next one can tell whether it is still alive.

What lies in a folder where others may write, such as /tmp, is never followed, waited for or believed.
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import shutil
import stat
import tempfile
import time
from pathlib import Path

from llmdas_sandbox.failure import SandboxFailure

LABEL_OWNER = "llmdas.owner"
PREFIX = "llmdas-channel-"
_OWNER_BYTES = 256
_MAX_LINKS = 40  # as many as the kernel follows, path_resolution(7)
_ABANDONED_SECONDS = 86_400.0  # nobody works that long on a temporary folder
_REMEDY = "Set LLMDAS_CACHE to a folder of your own, such as /var/cache/llmdas."


def me() -> str:
    """Return boot, pid namespace, pid and start time of this process; together they are never used twice."""
    return f"{_boot()}/{_namespace()}/{os.getpid()}/{_started(os.getpid())}"


def is_dead(owner: str) -> bool:
    """Say whether that process has certainly ended; False where this process cannot know.

    It has when no process has its number, or one that started at another time.
    """
    parts = owner.split("/")
    if len(parts) != 4 or not (parts[2].isascii() and parts[2].isdigit()):
        return False
    boot, namespace, pid, started = parts
    if boot != _boot():
        return True
    if namespace != _namespace():
        return False
    now = _started(int(pid))
    return now != started if now else not _exists(int(pid))


def reap_folders() -> None:
    """Remove the channel folders of dead owners among this user's."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError, ValueError):
            if is_dead(_owner_of(folder)):
                shutil.rmtree(folder, ignore_errors=True)


def temporary(kind: str) -> str:
    """Return how a name for something half-made begins (kind: ``.build-``); `sweep` removes it once we are dead."""
    return f"{kind}{os.getpid()}-{_namespace_number()}-"


def sweep(folder: Path, kind: str) -> None:
    """Remove what dead processes left under such names; from another pid namespace only what is a day old."""
    for left in folder.glob(f"{kind}*"):
        with contextlib.suppress(OSError):
            if _is_left(left, kind):
                shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink()


def make_own(folder: Path) -> None:
    """Make a folder with what is missing above it; others may enter it, but not write.

    Raises:
        SandboxFailure: it cannot be made, or somebody else could put another in its place; see `require_own`.
    """
    try:
        missing = [path for path in (folder, *folder.parents) if not path.exists()]
        if missing:
            require_own(missing[-1].parent)
        for path in reversed(missing):
            with contextlib.suppress(FileExistsError):  # another process was first
                path.mkdir(mode=0o755)
                path.chmod(0o755)  # whatever the umask
        require_own(folder)
    except OSError as error:
        raise SandboxFailure(f"The cache folder {folder} cannot be used: {error}.", _REMEDY) from error


def require_own(folder: Path) -> None:
    """Refuse a folder that another user than root could change or exchange, anywhere on the way to it.

    Every component, symbolic links and what they lead to included, must belong to root or to this user and be closed
    to writers; a sticky folder may be open, for nobody can rename another's entries there (path_resolution(7)).

    Raises:
        SandboxFailure: names the component, its owner and its mode.
        OSError: a component is missing or cannot be looked at.
    """
    pending, links = [folder.absolute()], 0
    while pending:
        path = pending.pop()
        for part in (*reversed(path.parents), path):
            found = part.lstat()
            link = stat.S_ISLNK(found.st_mode)
            _require_closed(folder, part, found, link)
            if link:
                links += 1
                if links > _MAX_LINKS:
                    raise SandboxFailure(f"The cache folder {folder} leads through too many links.", _REMEDY)
                pending.append(part.parent / part.readlink() / path.relative_to(part))
                break


def _require_closed(folder: Path, part: Path, found: os.stat_result, link: bool) -> None:
    foreign = found.st_uid not in (0, os.geteuid())
    mode = stat.S_IMODE(found.st_mode)
    writers = stat.S_IWOTH if _is_private_group(found.st_gid) else stat.S_IWOTH | stat.S_IWGRP
    opened = not link and mode & writers and not mode & stat.S_ISVTX
    if foreign or opened:
        remedy = f"Run chmod go-w {part}, or set LLMDAS_CACHE to a folder of your own." if not foreign else _REMEDY
        raise SandboxFailure(
            f"The cache folder {folder} can be written by other users: {part} belongs to user {found.st_uid} and has"
            f" mode {mode:04o}.",
            remedy,
        )


def _is_private_group(gid: int) -> bool:
    """Say whether a group is this user's own and nobody else's; distributions with a umask of 002 make them."""
    try:
        group, user = grp.getgrgid(gid), pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return gid == user.pw_gid and group.gr_name == user.pw_name and set(group.gr_mem) <= {user.pw_name}


def _owner_of(folder: Path) -> str:
    """Return what stands in ``folder/owner``, if the folder and the file are real and this user's.

    Raises:
        OSError: they are not; a FIFO or a link that somebody put there is neither waited for nor followed.
    """
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        file = os.open("owner", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=place)
        try:
            seen = os.fstat(file)
            if not stat.S_ISREG(seen.st_mode) or {os.fstat(place).st_uid, seen.st_uid} != {os.geteuid()}:
                raise PermissionError(f"{folder} is not this user's")
            return os.read(file, _OWNER_BYTES).decode("ascii")
        finally:
            os.close(file)
    finally:
        os.close(place)


def _is_left(path: Path, kind: str) -> bool:
    if time.time() - path.lstat().st_mtime > _ABANDONED_SECONDS:
        return True
    pid, _, rest = path.name.removeprefix(kind).partition("-")
    known = "-" not in rest or rest.startswith(f"{_namespace_number()}-")
    return known and pid.isascii() and pid.isdigit() and not _exists(int(pid))


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _namespace() -> str:
    return os.readlink("/proc/self/ns/pid")  # noqa: PTH115 # not a path


def _namespace_number() -> str:
    return "".join(filter(str.isdigit, _namespace()))


def _started(pid: int) -> str:
    """Return the start time in clock ticks since boot (proc(5), field 22), empty when it cannot be read.

    That says nothing about the process: /proc may hide those of other users (``hidepid``).
    """
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _exists(pid: int) -> bool:
    """Say whether there is such a process, as far as this one can know; kill(2) knows also what /proc hides."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):  # another user's; no number of a process
        return True
    return True
