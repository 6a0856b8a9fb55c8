"""Limits on one run, all finite by default."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use. Reaching a limit ends the run as a fault that names it, its value and the actual value.

    Three kinds of use have no room at all, so their limits are a second line that a program does not come to:

    * processes and threads: the second system-call filter refuses to start one; it ends the run as ``killed``.
    * open files: nothing can be opened (the program sees PermissionError); only the channel's descriptors are there.
    * temporary files: 0 by structure. Nothing in the guest is writable, there is no tmpfs, and files may have 0 bytes.

    Attributes:
        wall_s: seconds from the moment the program is sent until its result is whole. A callback of the host is not
            interrupted: a run may overrun by the time that it takes for one chunk of rows.
        cpu_s: CPU seconds of the guest; a single long call inside C may go on to the next whole second.
        memory_bytes: address space of the guest under bubblewrap; memory cgroup and address space under Docker. The
            actual value is the size that was asked for at once, where the allocator says it.
        processes: processes and threads in the guest.
        open_files: open descriptors in the guest.
        output_bytes: bytes of the returned array.
        printed_bytes: characters that the program may print; they are counted and thrown away, there is no other log.
        callback_calls: calls of all callbacks together.
        callback_rows: rows passed to all callbacks together.
        frame_bytes: data of one frame in either direction.
    """

    wall_s: float = 20.0
    cpu_s: float = 20.0
    memory_bytes: int = 1 << 30
    processes: int = 8
    open_files: int = 32
    output_bytes: int = 256 << 20
    printed_bytes: int = 1 << 20
    callback_calls: int = 200
    callback_rows: int = 200_000
    frame_bytes: int = 512 << 20

    def __post_init__(self) -> None:
        for field in fields(self):
            if not getattr(self, field.name) > 0:
                raise ValueError(f"limit {field.name} must be above 0, not {getattr(self, field.name)!r}")
