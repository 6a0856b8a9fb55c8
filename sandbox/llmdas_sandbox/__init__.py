"""Runs a Python function nobody trusts: no network, no files, no users, finite everything. Knows nothing of llmdas."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llmdas_sandbox.failure import SandboxFailure, SandboxUnavailable
    from llmdas_sandbox.interface import (
        Fault,
        Function,
        Generator,
        GuestPolicy,
        Proxy,
        Request,
        Result,
        Rows,
        Sandbox,
        Scalar,
    )
    from llmdas_sandbox.limits import Limits
    from llmdas_sandbox.many import Done, run_many
    from llmdas_sandbox.memory import share
    from llmdas_sandbox.open import open_sandbox

__version__ = "0.1.0"
__all__ = [
    "open_sandbox",
    "run_many",
    "Done",
    "share",
    "Sandbox",
    "Request",
    "Result",
    "Fault",
    "Limits",
    "Scalar",
    "Rows",
    "Generator",
    "Proxy",
    "Function",
    "GuestPolicy",
    "SandboxFailure",
    "SandboxUnavailable",
]

_HOME = {
    "open_sandbox": "open",
    "run_many": "many",
    "Done": "many",
    "share": "memory",
    "Limits": "limits",
    "SandboxFailure": "failure",
    "SandboxUnavailable": "failure",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for (PEP 562): a gate that opens no sandbox needs no numpy."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME.get(name, 'interface')}"), name)
    globals()[name] = value
    return value
