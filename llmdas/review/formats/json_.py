"""For programs: everything that a review holds, as one object; docs/formats.md says what each key means."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from llmdas import __version__
from llmdas.review.formats.common import as_json, tally, visible
from llmdas.review.outcome import Placed, Review

_VERSION = 1


def json_(review: Review) -> str:
    """Return a review as one JSON object, with a newline at the end."""
    return as_json(
        {
            "version": _VERSION,
            "llmdas": __version__,
            "profile": review.profile,
            "contract": review.contract,
            "bundle": review.bundle,
            "files": list(review.files),
            "findings": [_finding(one) for one in review.placed],
            "unread": [{"path": path, "reason": visible(reason)} for path, reason in review.unread],
            "summary": {**asdict(tally(review)), "clean": review.clean},
        }
    )


def _finding(one: Placed) -> dict[str, Any]:
    finding = one.finding
    return {
        "path": one.path,
        "program": one.program,
        "rule": finding.rule,
        "severity": finding.severity,
        "line": finding.line,
        "column": finding.column,
        "message": visible(finding.message),
        "excerpt": visible(finding.excerpt, keep="\t"),
        "remedy": visible(finding.remedy),
        "fingerprint": one.fingerprint,
        "state": one.state,
        "justification": visible(one.justification),
    }
