"""Runs accepted programs on real rows. What goes wrong here is shown to the operator alone, never to an LLM."""

from __future__ import annotations

import builtins
import re
from dataclasses import dataclass

import numpy as np

from llmdas.detectors.interface import Detector, Matrix
from llmdas.digest import sha256
from llmdas.execution import Accepted, Rig, execute
from llmdas_sandbox.interface import Fault, Usage
from llmdas_sandbox.limits import Limits

_EXCEPTIONS = frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, Exception)
) | {"LinAlgError", "AxisError"}
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


@dataclass(frozen=True, slots=True)
class Generated:
    """What one program made of the training rows.

    Attributes:
        rows: float64 (k, d); no row when the program was set aside.
        set_aside: None, or why the program's rows are not used: exception type and line. This is what records keep.
        said: the message with its numbers blanked, for the operator's screen only: a program chooses its words.
        copies: rows dropped because they equal a training row.
        usage: what the run used.
    """

    rows: Matrix
    set_aside: str | None
    said: str
    copies: int
    usage: Usage

    @property
    def digest(self) -> str:
        """SHA-256 of shape and bytes of the rows."""
        return sha256(repr(self.rows.shape).encode() + self.rows.tobytes())


def generate(
    rig: Rig,
    accepted: Accepted,
    *,
    detector: Detector,
    X_train: Matrix,
    n_samples: int,
    seed: int,
) -> Generated:
    """Run one accepted program on the training rows X_train, float64 (n, d), scaled.

    Raises:
        SandboxFailure: the sandbox itself failed.
    """
    done = execute(
        rig,
        accepted,
        detector=detector,
        X_train=X_train,
        n_samples=n_samples,
        seed=seed,
        limits=limits_for(X_train),
        owner=sha256(repr(X_train.shape).encode() + X_train.tobytes()),
    )
    if done.checked is None:
        nothing = np.empty((0, X_train.shape[1]))
        fault = done.fault or Fault("result", "the program returned nothing")
        return Generated(nothing, named(fault), redacted(fault), 0, done.usage)
    return Generated(done.checked.rows, None, "", done.checked.copies, done.usage)


def program_seed(seed: int, index: int) -> int:
    """Return the seed of the index-th program's generator; programs of one run get independent streams."""
    return int(np.random.SeedSequence([seed, index]).generate_state(1)[0])


def limits_for(X_train: Matrix) -> Limits:
    """Limits of a run on real rows: memory grows with the table, the rest is fixed and finite."""
    return Limits(wall_s=300.0, cpu_s=120.0, memory_bytes=(1 << 30) + 8 * X_train.nbytes)


def named(fault: Fault) -> str:
    """Say what sort of fault it was and where; a name that the program made up itself is not repeated."""
    known = fault.exception if fault.exception in _EXCEPTIONS else "an exception"
    kind = known if fault.exception else f"{fault.kind} {fault.limit}".strip()
    return f"{kind} at line {fault.line}" if fault.line else kind


def redacted(fault: Fault) -> str:
    """Return the fault's message without a single number, because messages of numpy quote values."""
    return _NUMBER.sub("#", fault.message)
