"""The records that travel from the LLM's answer to the sandbox: program, finding, verdict.

A program is its exact bytes; its digest is its identity. A verdict belongs to one digest, one policy and one contract.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from llmdas.digest import sha256
from llmdas.errors import NotJudged

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Program:
    """Source of one program, exactly as the LLM wrote it.

    Attributes:
        source: the bytes that are judged, stored and run; never decoded and encoded again in between.
    """

    source: bytes

    @property
    def sha256(self) -> str:
        """Hex SHA-256 of the source bytes."""
        return sha256(self.source)


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One broken rule at one place.

    Attributes:
        line: 1-based; 0 when the finding is about the whole source.
        column: 1-based, in characters; 0 when the finding is about the whole source.
        rule: stable identifier such as ``DAS203``.
        message: what is wrong, one sentence.
        excerpt: the source line at fault, shortened, control characters escaped.
        remedy: how to mend it, one sentence, written for an LLM and a person alike.
        severity: ``error`` refuses the program, ``warning`` does not.
    """

    line: int
    column: int
    rule: str
    message: str
    excerpt: str
    remedy: str
    severity: Severity = "error"


@dataclass(frozen=True, slots=True)
class Verdict:
    """All findings on one program, in source order.

    Attributes:
        program: hex SHA-256 of the judged bytes.
        policy: digest of policy and rules that judged.
        contract: digest of the contract that judged.
        findings: sorted by line, column, rule.
    """

    program: str
    policy: str
    contract: str
    findings: tuple[Finding, ...]

    @property
    def accepted(self) -> bool:
        """True when no finding is an error."""
        return not any(finding.severity == "error" for finding in self.findings)

    def require(self, program: Program) -> None:
        """Check that this verdict accepts exactly these bytes.

        Raises:
            NotJudged: the verdict refuses, or it was given on other bytes.
        """
        if self.program != program.sha256:
            raise NotJudged(
                f"Program {program.sha256[:12]} has no verdict: this one judged {self.program[:12]}.",
                "Judge the program before running it.",
            )
        if not self.accepted:
            raise NotJudged(f"Program {program.sha256[:12]} was refused by the gate.", "Only accepted programs run.")

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as a JSON-like value."""
        return {
            "program": self.program,
            "policy": self.policy,
            "contract": self.contract,
            "accepted": self.accepted,
            "findings": [asdict(finding) for finding in self.findings],
        }
