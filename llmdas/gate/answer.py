"""What a checker's process answered, read as findings. Nothing in it is trusted; whatever is odd is a refusal."""

from __future__ import annotations

import json
import signal
from collections.abc import Collection
from typing import Any

from llmdas.gate.catalogue import CATALOGUE
from llmdas.gate.child import TOO_LONG
from llmdas.program import Finding

Findings = tuple[Finding, ...]
_ENDS = {
    -signal.SIGALRM: ("DAS902", "the checker was stopped because it took too long"),
    -signal.SIGXCPU: ("DAS902", "the checker was stopped because it used up its CPU time"),
    -signal.SIGKILL: ("DAS903", "the checker was killed, most likely for memory"),
    TOO_LONG: ("DAS904", "the checker's answer is too long"),
}


def findings_in(raw: bytes, status: int, known: Collection[str]) -> Findings:
    """Return the findings that a checker reports, or the one that says how it failed.

    Args:
        raw: the answer.
        status: exit status of the process, negative for the signal that ended it.
        known: identifiers of all rules.
    """
    if status in _ENDS:
        return refusal(*_ENDS[status])
    if status != 0:
        return refusal("DAS901", f"the checker ended with status {status}")
    try:
        answer: Any = json.loads(raw)
        failed = answer.get("failed")
        if failed is not None:
            rule = "DAS903" if failed == "memory" else "DAS901"
            return refusal(rule, f"the checker failed: {str(failed)[:80]}")
        return _checked(answer, known)
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return refusal("DAS904", "the checker's answer is not of the expected form")


def _checked(answer: dict[str, Any], known: Collection[str]) -> Findings:
    if set(answer) != {"findings"}:
        raise ValueError("not an answer")
    findings = tuple(Finding(*fields) for fields in answer["findings"])
    for finding in findings:
        texts = (finding.message, finding.excerpt, finding.remedy)
        if not all(type(number) is int and number >= 0 for number in (finding.line, finding.column)):
            raise ValueError("not a place")
        if not all(type(text) is str for text in texts):
            raise ValueError("not a text")
        if finding.rule not in known or finding.severity not in ("error", "warning"):
            raise ValueError("not a rule")
    return tuple(sorted(findings))


def refusal(rule: str, message: str) -> Findings:
    """Return the one finding of a program that could not be judged."""
    return (Finding(0, 0, rule, message, "", CATALOGUE[rule].remedy),)
