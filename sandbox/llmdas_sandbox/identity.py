"""The number that guests have as user and group to the host: one for each host process, which nobody else has.

``nobody`` is no such number. Many daemons run as it, and whoever has a process's user may read its memory, trace it and
end it (ptrace(2), kill(2)). The range lies above what directory services hand out (sssd-ldap(5): to 2,000,200,000) and
in what systemd leaves alone (systemd.io/UIDS-GIDS: 1,879,048,192 to 2,147,352,575). No such user needs to exist.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

BASE = 2_100_000_000  # plus a process id, which is below 2^22 (proc(5), pid_max); an engine takes users below 2^31
NOBODY = 65534


def guest_identity() -> int:
    """Return the number for guests of this process; a forked child has another, so ask when a guest is started.

    It is BASE plus this process's id, so two processes of one process namespace never share it while they live; in two
    containers they may. It is NOBODY where this process is in a user namespace that has no such number
    (user_namespaces(7)): an unprivileged container usually has the first 65,536 alone.
    """
    number = BASE + os.getpid()
    return number if all(_has(number, kind) for kind in ("uid_map", "gid_map")) else NOBODY


def _has(number: int, kind: str) -> bool:
    """Tell whether this process's user namespace has the number; a kernel without them has every number."""
    with contextlib.suppress(OSError):
        lines = (map(int, line.split()) for line in Path("/proc/self", kind).read_text().splitlines())
        return any(first <= number < first + length for first, _, length in lines)
    return True
