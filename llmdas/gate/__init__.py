"""The static gate: judges a program's exact bytes before anything runs; whatever it cannot judge it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmdas.gate.bundle import bundle_digest
from llmdas.gate.judge import GateLimits, judge

if TYPE_CHECKING:
    from llmdas.gate.inspection import inspect

__all__ = ["judge", "GateLimits", "bundle_digest", "inspect"]


def __getattr__(name: str) -> Any:
    """Load `inspect` when it is first asked for (PEP 562): who calls `judge` needs no checker in his own process."""
    if name != "inspect":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from llmdas.gate.inspection import inspect

    return inspect
