"""How a run that gave no result is told: what the host knows, and as much of what the guest says as it can know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from llmdas_sandbox.frames import FrameError
from llmdas_sandbox.interface import Fault
from llmdas_sandbox.limits import Limits

MAX_MESSAGE = 2000
_MAX_NAME = 100
_MAX_LINE = 1 << 20
_COUNTED_INSIDE = ("cpu_s", "memory_bytes", "printed_bytes", "output_bytes")  # limits that the guest looks after


def told(meta: Mapping[str, Any], limits: Limits) -> Fault:
    """Make a fault of what the guest says.

    Raises:
        FrameError: it says what it cannot know, or nothing.
    """
    kind, limit, line = meta.get("kind"), meta.get("limit"), meta.get("line")
    message = clean(meta.get("message"))
    known = isinstance(line, int) and not isinstance(line, bool) and 0 <= line <= _MAX_LINE
    number = line if known and line else 0
    if kind == "limit" and limit in _COUNTED_INSIDE:
        return replace(limit_fault(limits, str(limit), message, figure(meta.get("actual")) or None), line=number)
    if kind not in ("exception", "refused", "result"):
        raise FrameError("a FAULT frame of an unknown kind")
    return Fault(kind, message, clean(meta.get("exception"))[:_MAX_NAME], number)


def limit_fault(limits: Limits, limit: str, said: str, actual: float | None) -> Fault:
    """Return the fault for a limit that was reached; `said` describes the actual value, None where it is not known."""
    value = getattr(limits, limit)
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    return Fault("limit", f"{limit} = {shown} reached: {said}"[:MAX_MESSAGE], limit=limit, actual=actual)


def figure(value: object) -> float:
    """Return a figure from the guest, 0 when it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(min(max(value, 0), 1 << 62))


def clean(text: object) -> str:
    """Return text from the guest with control, format and surrogate characters escaped, at most 2,000 characters."""
    shown = text[:MAX_MESSAGE] if isinstance(text, str) else ""
    escaped = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in shown)
    return escaped[:MAX_MESSAGE]
