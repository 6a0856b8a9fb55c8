"""What the host tells a guest: the job, its arguments and its callbacks, and which requests no guest could serve."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np

from llmdas_sandbox.failure import SandboxFailure
from llmdas_sandbox.frames import MAX_DIMENSIONS
from llmdas_sandbox.interface import (
    Argument,
    Callback,
    Function,
    Generator,
    Guards,
    GuestPolicy,
    Proxy,
    Request,
    Rows,
    Scalar,
)

MIN_MEMORY = 192 << 20  # address space that interpreter and numpy take before any program
MAX_SOURCE = 1 << 20  # what a guest reads
_MAX_CALLBACKS = 1 << 10


def job(request: Request, shared: Collection[str]) -> dict[str, Any]:
    """Return the JSON of the frame JOB.

    Args:
        request: what to run.
        shared: names of row arguments that the guest was given beforehand.
    """
    seeds = [a.seed for a in request.arguments.values() if isinstance(a, Generator)]
    described, first = [], 0
    for name, argument in request.arguments.items():
        described.append(_described(name, argument, name in shared, first))
        first += len(argument.methods) if isinstance(argument, Proxy) else isinstance(argument, Function)
    return {
        "sha256": request.sha256,
        "function": request.function,
        "arguments": described,
        "policy": _permitted(request.policy),
        "limits": asdict(request.limits),
        "seed": seeds[0] if seeds else request.seed,
    }


class Named(NamedTuple):
    """One callback.

    Attributes:
        name: as messages say it.
        call: what answers.
        width: columns that it takes: a proxy's methods take rows like the first row argument; None where any will do.
    """

    name: str
    call: Callback
    width: int | None


def callbacks(request: Request) -> list[Named]:
    """Return all callbacks; a SCORE frame names one by its place here."""
    rows = [a.value for a in request.arguments.values() if isinstance(a, Rows)]
    width = next((array.shape[1] for array in rows if array.ndim == 2), None)
    found: list[Named] = []
    for name, argument in request.arguments.items():
        if isinstance(argument, Function):
            found.append(Named(name, argument.callback, None))
        elif isinstance(argument, Proxy):
            found += [Named(f"{name}.{method}", argument.methods[method], width) for method in sorted(argument.methods)]
    return found


def check_request(request: Request, guards: Guards = "optional") -> None:
    """Refuse requests that no guest could serve.

    Raises:
        SandboxFailure: guards are required and there is no policy, a seed is negative, the memory limit cannot hold
            the interpreter, source or array are above a frame, an array has too many dimensions, there are too many
            callbacks.
    """
    if guards == "required" and request.policy is None:
        raise SandboxFailure("The request has no policy, and this sandbox runs nothing without guards.")
    if request.limits.memory_bytes < MIN_MEMORY:
        raise SandboxFailure(
            f"memory_bytes is {request.limits.memory_bytes}, but interpreter and numpy alone take {MIN_MEMORY}."
        )
    if any(
        seed < 0 for seed in (request.seed, *(a.seed for a in request.arguments.values() if isinstance(a, Generator)))
    ):
        raise SandboxFailure("A seed is negative.", "Use seeds of 0 and above.")
    if len(callbacks(request)) > _MAX_CALLBACKS:
        raise SandboxFailure(f"The request has more than {_MAX_CALLBACKS} callbacks.")
    if len(request.source) > MAX_SOURCE:
        raise SandboxFailure(f"The source has {len(request.source)} bytes, at most {MAX_SOURCE} are taken.")
    for name, argument in request.arguments.items():
        if isinstance(argument, Rows) and not isinstance(argument.value, np.ndarray):
            raise SandboxFailure(f"{name} is a {type(argument.value).__name__}.", "Pass a numpy array.")
        if isinstance(argument, Rows) and argument.value.ndim > MAX_DIMENSIONS:
            raise SandboxFailure(
                f"{name} has {argument.value.ndim} dimensions, at most {MAX_DIMENSIONS} are taken.", "Reshape it."
            )
        if isinstance(argument, Rows) and argument.value.nbytes > request.limits.frame_bytes:
            raise SandboxFailure(
                f"{name} takes {argument.value.nbytes} bytes, frame_bytes is {request.limits.frame_bytes}.",
                "Raise frame_bytes or pass fewer rows.",
            )


def _described(name: str, argument: Argument, shared: bool, first: int) -> dict[str, Any]:
    match argument:
        case Scalar(value):
            return {"name": name, "kind": "scalar", "value": int(value)}
        case Rows(value):
            return {"name": name, "kind": "rows"} | ({"shape": list(value.shape)} if shared else {})
        case Generator(seed):
            return {"name": name, "kind": "generator", "seed": int(seed)}
        case Proxy(methods):
            return {"name": name, "kind": "proxy", "methods": sorted(methods), "first": first}
        case Function():
            return {"name": name, "kind": "function", "first": first}


def _permitted(policy: GuestPolicy | None) -> dict[str, Any] | None:
    if policy is None:
        return None
    return {
        "builtins": list(policy.builtins),
        "modules": {name: list(names) for name, names in policy.modules.items()},
        "attributes": list(policy.attributes),
    }
