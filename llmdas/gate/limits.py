"""What one judgement may use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GateLimits:
    """What the judgement of one program may use; more is a refusal.

    Attributes:
        wall_s: seconds from handing the program over to the answer.
        cpu_s: whole CPU seconds.
        memory_bytes: address space.
        answer_bytes: size of the answer.
    """

    wall_s: float = 20.0
    cpu_s: int = 10
    memory_bytes: int = 1 << 30
    answer_bytes: int = 1 << 20
