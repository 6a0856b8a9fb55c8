"""The boundary of the sandbox: a request, a result that is an array or a fault, and one method.

Nothing here knows about anomalies: a request is a function's source, its arguments and the callbacks it may use.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from llmdas_sandbox.frames import MAX_DIMENSIONS
from llmdas_sandbox.limits import Limits

Array = NDArray[np.float64]
Callback = Callable[[Array], Array]
Guards = Literal["required", "optional"]


def real_numbers(what: str, value: ArrayLike) -> Array:
    """Return `value` as float64.

    Raises:
        ValueError: it holds anything but real numbers, or has more than `MAX_DIMENSIONS`; says what came instead.
    """
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{what} must hold real numbers, not {array.dtype}.")
    if array.ndim > MAX_DIMENSIONS:
        raise ValueError(f"{what} has {array.ndim} dimensions, at most {MAX_DIMENSIONS} are taken.")
    return np.asarray(array, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class GuestPolicy:
    """What the guards inside the sandbox permit; everything else does not exist for the program.

    Attributes:
        builtins: names of builtins.
        modules: dotted module name -> permitted attributes.
        attributes: attribute and method names on any object that is not a module.
    """

    builtins: tuple[str, ...]
    modules: Mapping[str, tuple[str, ...]]
    attributes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scalar:
    """An integer argument."""

    value: int


@dataclass(frozen=True, slots=True)
class Rows:
    """A float64 array argument; the program gets a private read-only copy."""

    value: Array


@dataclass(frozen=True, slots=True)
class Generator:
    """A ``numpy.random.Generator`` argument, made in the guest by ``numpy.random.default_rng(seed)``."""

    seed: int


@dataclass(frozen=True, slots=True)
class Proxy:
    """An object argument whose methods are answered by the host.

    Each method takes one finite float64 array (m, d) and returns a float64 array (m,). The value of a row must not
    depend on the other rows of the call: the host passes a large array on in chunks of 10,000 rows and looks at
    `wall_s` between them. A chunk is not interrupted, so a run may overrun `wall_s` by the time that one chunk takes.
    """

    methods: Mapping[str, Callback]


@dataclass(frozen=True, slots=True)
class Function:
    """A function argument that the host answers; takes and returns what a method of `Proxy` does."""

    callback: Callback


Argument = Scalar | Rows | Generator | Proxy | Function


@dataclass(frozen=True, slots=True)
class Request:
    """One run: call `function` of `source` with `arguments` in order.

    Attributes:
        source: the exact bytes that were judged.
        sha256: hex digest of those bytes; the guest refuses other bytes.
        function: name of the function to call.
        arguments: parameter name -> argument, in call order.
        policy: what the guards in the guest permit; None runs the source as plain Python, held by the sandbox alone.
        limits: what the run may use.
        seed: seed of the global generators of numpy and `random` when no `Generator` is among the arguments.
        owner: whose program this is and on which data; programs of different owners never share a warm guest.
    """

    source: bytes
    sha256: str
    function: str
    arguments: Mapping[str, Argument]
    policy: GuestPolicy | None
    limits: Limits = field(default_factory=Limits)
    seed: int = 0
    owner: str = ""


FaultKind = Literal[
    "exception",  # the program raised
    "refused",  # guest guards or the guest's own compile refused it
    "limit",  # a limit was reached; `limit` names it
    "killed",  # the guest died: a filtered system call, a segmentation fault, out of memory
    "result",  # what came back is not one finite-size float64 array
    "protocol",  # the peer broke the frame protocol
]


@dataclass(frozen=True, slots=True)
class Fault:
    """The program's own failure: data, repairable.

    Attributes:
        kind: what sort of failure.
        exception: exception type's name, or empty.
        message: the exception's text or what happened, at most 2,000 characters, control characters escaped.
        line: 1-based line of the program, 0 when unknown.
        limit: name of the field of `Limits` that was reached, or empty.
        actual: what was used or asked for where a limit was reached, in its unit; None where nobody measured it.
    """

    kind: FaultKind
    message: str
    exception: str = ""
    line: int = 0
    limit: str = ""
    actual: float | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What a run used; 0 also where nobody could measure it.

    Attributes:
        wall_s: seconds from the job to the end of the result.
        cpu_s: CPU seconds of the guest.
        peak_bytes: peak resident bytes of the guest.
        callback_calls: calls of all callbacks.
        callback_rows: rows passed to all callbacks.
        printed: characters that the program printed; told by the guest.
        callback_s: seconds of `wall_s` spent in the host's callbacks.
        output_bytes: bytes of the returned array.
    """

    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_bytes: int = 0
    callback_calls: int = 0
    callback_rows: int = 0
    printed: int = 0
    callback_s: float = 0.0
    output_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """What a run gave: exactly one of `value` (float64, any shape) and `fault` is not None.

    `backend`, `level` and `guest` (digest of all that enters the sandbox) say where it ran.
    """

    value: Array | None
    fault: Fault | None
    usage: Usage
    backend: str
    level: str
    guest: str


class Sandbox(ABC):
    """A place where a program can do no harm.

    Attributes:
        backend: ``bubblewrap`` or ``docker``.
        level: ``warm`` - forks of a guest that serves one owner; ``fresh`` - a new namespace or container for every
            run; ``vm`` - the same behind gVisor's own kernel.
        guest: hex digest of everything that enters the sandbox.
        guards: ``required`` refuses requests without a policy; ``optional`` runs them as plain Python.
        passed_over: for ``auto``, why the backends that come first were not taken; one sentence each.
        gpu: ``host`` - no device enters; ``guest`` - one does, which widens filter and kernel surface.
    """

    backend: str
    level: str
    guest: str
    guards: Guards = "optional"
    gpu: str = "host"
    passed_over: tuple[str, ...] = ()

    @staticmethod
    def open(backend: str = "auto", **settings: Any) -> Sandbox:
        """Return a checked sandbox; see `llmdas_sandbox.open.open_sandbox` for settings and errors."""
        from llmdas_sandbox.open import open_sandbox

        return open_sandbox(backend, **settings)

    def run(
        self,
        source: str | bytes,
        *,
        function: str,
        arrays: Mapping[str, ArrayLike | Rows] | None = None,
        callbacks: Mapping[str, Callback] | None = None,
        limits: Limits | None = None,
        policy: GuestPolicy | None = None,
        seed: int = 0,
        owner: str = "",
    ) -> Result:
        """Call one function of a source and return its array or its fault.

        Args:
            source: Python source; text is encoded as UTF-8.
            function: name of the function; it is called with all arrays, then all callbacks, in the order given.
            arrays: arrays of real numbers of at most four dimensions, passed as float64, read-only for the program;
                `llmdas_sandbox.share` makes one that many runs share.
            callbacks: plain functions for the program, answered here; each takes a finite float64 array (m, d), any d,
                and returns float64 (m,), with no row's value depending on the other rows of the call. A ValueError is
                raised in the program, any other exception ends the run as a failure.
            limits: what the run may use; the defaults when None.
            policy: what the guards permit; None runs plain Python.
            seed: seed of the global generators of numpy and `random`.
            owner: runs of different owners never share a warm guest.

        Raises:
            SandboxFailure: the sandbox itself failed, or guards are required and there is no policy.
            ValueError: an array holds something else, or the source is no valid text.
        """
        given = source.encode() if isinstance(source, str) else source
        arguments: dict[str, Argument] = {
            name: array if isinstance(array, Rows) else Rows(real_numbers(name, array))
            for name, array in (arrays or {}).items()
        }
        arguments |= {name: Function(callback) for name, callback in (callbacks or {}).items()}
        digest = hashlib.sha256(given).hexdigest()
        return self.execute(Request(given, digest, function, arguments, policy, limits or Limits(), seed, owner))

    @abstractmethod
    def execute(self, request: Request) -> Result:
        """Run one program and return its array or its fault; leave nothing behind.

        Raises:
            SandboxFailure: the sandbox itself failed; says nothing about the program.
        """

    @abstractmethod
    def close(self) -> None:
        """Release everything this sandbox holds; safe to call twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
