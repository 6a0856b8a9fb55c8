"""The static gate: judges a program's exact bytes before anything runs; whatever it cannot judge it refuses."""

from llmdas.gate.bundle import bundle_digest
from llmdas.gate.inspection import inspect
from llmdas.gate.judge import GateLimits, judge

__all__ = ["judge", "GateLimits", "bundle_digest", "inspect"]
