"""The gate as others call it: one program, one child process with limits, one verdict. Whatever goes wrong refuses."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from llmdas.gate.limits import GateLimits
from llmdas.gate.pool import judge_all
from llmdas.program import Program, Verdict

if TYPE_CHECKING:
    from llmdas.contract import Contract
    from llmdas.policy import Policy

__all__ = ["GateLimits", "judge"]


def judge(program: Program, policy: Policy, contract: Contract, *, limits: GateLimits | None = None) -> Verdict:
    """Judge one program in a child process and return all findings.

    A child that crashes, is killed, takes too long, needs too much memory or answers garbage has refused the program
    with a DAS9xx finding; it never passes one.

    Raises:
        GateError: the checker cannot be started at all, which says nothing about the program.
        ResourceError: the rule files that ship do not load.
    """
    with closing(judge_all((program,), policy, contract, workers=1, limits=limits, warm=False)) as verdicts:
        return next(verdicts)
