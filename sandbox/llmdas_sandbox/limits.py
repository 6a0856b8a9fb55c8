"""Limits on one run, all finite by default."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use. Reaching any of them ends the run as a fault that names limit and actual value.

    Attributes:
        wall_s: seconds from the moment the program is sent until its result is whole.
        cpu_s: CPU seconds of the guest.
        memory_bytes: address space of the guest under bubblewrap, memory cgroup under Docker.
        processes: processes and threads in the guest.
        open_files: open descriptors in the guest.
        output_bytes: bytes of the returned array.
        printed_bytes: characters that the program may print; they are counted and thrown away.
        callback_calls: calls of all callbacks together.
        callback_rows: rows passed to all callbacks together.
        frame_bytes: size of one frame in either direction.
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
