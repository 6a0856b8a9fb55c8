"""Runs a Python function nobody trusts: no network, no files, no users, finite everything. Knows nothing of llmdas."""

from llmdas_sandbox.failure import SandboxFailure, SandboxUnavailable
from llmdas_sandbox.interface import (
    Fault,
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
from llmdas_sandbox.open import open_sandbox

__version__ = "0.1.0"
__all__ = [
    "open_sandbox",
    "Sandbox",
    "Request",
    "Result",
    "Fault",
    "Limits",
    "Scalar",
    "Rows",
    "Generator",
    "Proxy",
    "GuestPolicy",
    "SandboxFailure",
    "SandboxUnavailable",
]
