"""What a review found: the record between checking and every output format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from llmdas.program import Finding

# new counts; baseline was known before; waived carries a justification.
State = Literal["new", "baseline", "waived"]

STDIN = "<stdin>"


@dataclass(frozen=True, slots=True)
class Placed:
    """One finding in one file.

    Attributes:
        path: as reported: relative to the folder the review ran in, forward slashes; `STDIN` for standard input.
        program: hex SHA-256 of the file's bytes; empty when it was too large to be read whole.
        finding: the gate's finding.
        fingerprint: 32 hex digits that stay the same when lines above move; distinct within a review.
        state: whether it counts; only ``new`` findings of severity ``error`` make a review fail.
        justification: the waiver's reason and owner; empty unless waived.
    """

    path: str
    program: str
    finding: Finding
    fingerprint: str
    state: State = "new"
    justification: str = ""

    @property
    def counts(self) -> bool:
        """True when this finding refuses the file."""
        return self.state == "new" and self.finding.severity == "error"


@dataclass(frozen=True, slots=True)
class Review:
    """All findings of one review, sorted by path, line, column, rule.

    Attributes:
        files: every judged path, sorted, faultless ones included.
        placed: the findings.
        unread: path and reason of what could not be read or judged (DAS9xx); a review with any could not complete.
        profile: name of the policy profile.
        contract: id of the contract.
        bundle: digest of policy and rules that judged.
    """

    files: tuple[str, ...]
    placed: tuple[Placed, ...]
    unread: tuple[tuple[str, str], ...]
    profile: str
    contract: str
    bundle: str

    @property
    def clean(self) -> bool:
        """True when nothing counts and everything was judged."""
        return not self.unread and not any(placed.counts for placed in self.placed)
