"""The one place where a program runs: judged bytes in, checked rows or a fault out.

Trial (toy tables) and enhancement (real rows) both come through here, so that no path skips verdict or output check.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from llmdas.contract import Contract
from llmdas.detectors.catalogue import Entry
from llmdas.detectors.interface import Detector, Matrix, Vector
from llmdas.errors import DetectorError, NotJudged
from llmdas.outputs import CheckedRows, check_rows
from llmdas.policy import Policy
from llmdas.program import Program, Verdict
from llmdas_sandbox.interface import (
    Argument,
    Fault,
    Generator,
    GuestPolicy,
    Proxy,
    Request,
    Result,
    Rows,
    Sandbox,
    Scalar,
    Usage,
)
from llmdas_sandbox.limits import Limits


@dataclass(frozen=True, slots=True)
class Rig:
    """What programs for one detector are judged by and run with; the same in both worlds, and none of it is data.

    `bundle` is the digest of policy and rules (`llmdas.gate.bundle_digest`); a verdict must carry it to count here.
    """

    entry: Entry
    contract: Contract
    policy: Policy
    bundle: str
    sandbox: Sandbox

    def require(self, accepted: Accepted) -> None:
        """Check that a program was accepted by this very contract, policy and rules.

        Raises:
            NotJudged: it was judged by others.
        """
        if (accepted.verdict.contract, accepted.verdict.policy) != (self.contract.digest, self.bundle):
            raise NotJudged(
                f"Program {accepted.program.sha256[:12]} was judged by another contract, policy or rule set.",
                "Judge it again.",
            )


@dataclass(frozen=True, slots=True)
class Accepted:
    """A program with the verdict that accepts exactly its bytes; it cannot be made otherwise.

    Raises:
        NotJudged: the verdict refuses the program or belongs to other bytes.
    """

    program: Program
    verdict: Verdict

    def __post_init__(self) -> None:
        self.verdict.require(self.program)


@dataclass(frozen=True, slots=True)
class Execution:
    """What one run gave: exactly one of `checked` and `fault` is not None."""

    checked: CheckedRows | None
    fault: Fault | None
    usage: Usage


def execute(
    rig: Rig,
    accepted: Accepted,
    *,
    detector: Detector,
    X_train: Matrix,
    n_samples: int,
    seed: int,
    limits: Limits,
    owner: str,
) -> Execution:
    """Run an accepted program in the sandbox and check what it returns.

    Args:
        detector: fitted; it stays on this side and answers the program's score requests over the pipe.
        X_train: float64 (n, d), the rows the detector was fitted on; the program gets a read-only copy.
        n_samples: rows to make.
        seed: seed of the program's generator, or of numpy's global one where the contract passes none.
        owner: names the data; runs of different detectors or owners never share a warm guest.

    Raises:
        NotJudged: the program was judged by another contract or policy.
        SandboxFailure: the sandbox itself failed.
    """
    rig.require(accepted)
    request = Request(
        source=accepted.program.source,
        sha256=accepted.verdict.program,
        function=rig.contract.function,
        arguments=_arguments(rig.contract, detector, X_train, n_samples, seed),
        policy=_guest_policy(rig.policy, rig.contract),
        limits=limits,
        seed=seed,
        owner=f"{rig.entry.name}\0{owner}",
    )
    return _checked(rig.sandbox.execute(request), n_samples, X_train)


def _arguments(
    contract: Contract, detector: Detector, X_train: Matrix, n_samples: int, seed: int
) -> dict[str, Argument]:
    values: dict[str, Argument] = {
        "count": Scalar(n_samples),
        "model": Proxy({"predict_score": _scorer(detector)}),
        "rows": Rows(X_train),
        "generator": Generator(seed),
    }
    return {parameter.name: values[parameter.kind] for parameter in contract.parameters}


def _scorer(detector: Detector) -> Callable[[Matrix], Vector]:
    def predict_score(X: Matrix) -> Vector:
        try:
            return detector.predict_score(X)
        except DetectorError as error:
            # The rows came from the program, so what is wrong with them is the program's to mend.
            raise ValueError(str(error)) from error

    return predict_score


def _guest_policy(policy: Policy, contract: Contract) -> GuestPolicy:
    """The guards also permit what the contract adds and what its model offers."""
    guest = policy.under(contract).as_guest()
    offered = {method.name for parameter in contract.parameters for method in parameter.methods}
    return replace(guest, attributes=tuple(sorted({*guest.attributes, *offered})))


def _checked(result: Result, n_samples: int, X_train: Matrix) -> Execution:
    if result.fault is not None or result.value is None:
        fault = result.fault or Fault("result", "the program returned nothing")
        return Execution(None, fault, result.usage)
    checked = check_rows(result.value, n_samples, X_train)
    if isinstance(checked, str):
        return Execution(None, Fault("result", checked), result.usage)
    return Execution(checked, None, result.usage)
