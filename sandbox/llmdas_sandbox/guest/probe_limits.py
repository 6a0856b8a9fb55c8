"""The probe's part on limits that the kernel holds: each is driven until it bites, in a child under those limits."""

from __future__ import annotations

import os
import signal
from typing import Any

from llmdas_sandbox.guest.probe_tools import LIBC, MEGABYTE, Measured, in_child, limited, measured

_STEP = 4 * MEGABYTE
_CGROUP_STEP = 16 * MEGABYTE


def memory_cgroup(meta: dict[str, Any]) -> Measured:
    """Touch more than the memory cgroup allows in a child, before any limit on address space is set."""
    limit = int(meta["cgroup_bytes"])
    reading, writing = os.pipe()

    def touch() -> None:
        held = []
        for _ in range(-(-(limit + 4 * _CGROUP_STEP) // _CGROUP_STEP)):
            held.append(bytearray(os.urandom(16)) * (_CGROUP_STEP // 16))
            os.write(writing, b".")
        os._exit(7)

    code = in_child(touch)
    os.close(writing)
    touched = len(os.read(reading, 1 << 16)) * _CGROUP_STEP
    os.close(reading)
    killed = code == -signal.SIGKILL
    end = "killed" if killed else f"ended with {code}"
    seen = f"limit {limit / MEGABYTE:.0f} MiB, {end} after touching {touched / MEGABYTE:.0f} MiB"
    return measured("memory_cgroup", killed and touched <= limit, seen, limit, touched)


def memory(meta: dict[str, Any]) -> Measured:
    """Take address space in steps until that is refused."""
    limit = int(meta["limits"]["memory_bytes"])

    def take() -> int:
        held = []
        try:
            for _ in range(limit // _STEP + 1):
                held.append(bytearray(_STEP))
        except MemoryError:
            return len(held)
        return 254

    steps = limited(meta["limits"], take)
    refused = 0 <= steps <= limit // _STEP
    taken = steps * _STEP if refused else limit + _STEP
    seen = (
        f"limit {limit / MEGABYTE:.0f} MiB, refused after {taken / MEGABYTE:.0f} MiB beside what the interpreter holds"
    )
    return measured(
        "memory_limit",
        refused,
        seen if refused else f"limit {limit / MEGABYTE:.0f} MiB, more could be had",
        limit,
        taken,
    )


def processes(meta: dict[str, Any]) -> Measured:
    """Start processes until that is refused, and a bounded number in any case."""
    limit = int(meta["limits"]["processes"])

    def spread() -> int:
        reading, writing = os.pipe()
        started: list[int] = []
        try:
            while len(started) < limit + 8:
                child = os.fork()
                if child == 0:
                    os.close(writing)
                    os.read(reading, 1)  # until the parent closes its end
                    os._exit(0)
                started.append(child)
        except OSError:
            return len(started)
        finally:
            os.close(writing)
            for child in started:
                os.waitpid(child, 0)  # one that nobody waits for is counted for as long as the guest lives
        return 254

    more = limited(meta["limits"], spread)
    held = 0 <= more <= limit
    seen = f"limit {limit} processes, {_forks(more)} by the rlimit"
    if not meta["cgroup_bytes"]:
        return measured("process_limit", held, seen, limit, more)
    without = in_child(lambda: os._exit(spread()))  # before any rlimit: only the engine's cgroup can refuse
    if more < without:
        seen += f", which counts all processes of user {os.getuid()} on this machine, other guests' too"
    held = held and 0 <= without <= limit + 1
    return measured("process_limit", held, f"{seen}; {_forks(without)} by the cgroup", limit, max(more, without))


def _forks(count: int) -> str:
    return f"fork refused after {count} more" if count < 254 else "fork not refused"  # 254 and above: see limited


def open_files(meta: dict[str, Any]) -> Measured:
    """Open descriptors until that is refused."""
    limit = int(meta["limits"]["open_files"])

    def fill() -> int:
        reading, _ = os.pipe()
        highest = reading
        try:
            for _ in range(limit + 8):
                highest = max(highest, os.dup(reading))
        except OSError:
            return highest + 1
        return 254

    opened = limited(meta["limits"], fill)
    seen = f"limit {limit} descriptors, " + (f"refused with {opened} open" if opened < 254 else "not refused")
    return measured("open_files_limit", opened == limit, seen, limit, opened)


def storage(meta: dict[str, Any], folders: list[str]) -> Measured:
    """Try to store one byte in every place that takes a file, and in a memory file."""

    places = {*folders, "/tmp", "/var/tmp", "/dev/shm", "/run"}  # noqa: S108 # tried, not used

    def store() -> int:
        stored = 0
        memory_file = LIBC.memfd_create(b"probe", 0)
        descriptors = [memory_file] if memory_file >= 0 else []
        for folder in places:
            try:
                descriptors.append(os.open(f"{folder}/probe", os.O_CREAT | os.O_WRONLY))
            except OSError:
                continue
        for descriptor in descriptors:
            try:
                stored += os.write(descriptor, b"x")
            except OSError:
                continue
        return stored

    stored = limited(meta["limits"], store)
    looked = f"of {len(places)} folders and a memory file"
    seen = f"{stored or 'none'} {looked} took a byte" if 0 <= stored < 98 else f"ended with {stored}"
    return measured("nothing_stored", stored == 0, seen, 0, stored)
