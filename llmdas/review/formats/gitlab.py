"""For GitLab: a code quality report, a JSON array in the subset of the Code Climate form that GitLab reads.

GitLab shows entries with equal fingerprints once, so those of a review are distinct. It knows no findings about a whole
file, so these stand at its first line. docs/formats.md lists the severities.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from llmdas.digest import sha256
from llmdas.review.formats.common import as_json, new, untold, visible
from llmdas.review.outcome import Placed, Review

_UNJUDGED = ("blocker", "blocker")
_SEVERITIES: Mapping[str, tuple[str, str]] = {
    "0": ("critical", "minor"),
    "1": ("major", "minor"),
    "2": ("critical", "minor"),
    "3": ("critical", "minor"),
    "4": ("major", "minor"),
    "5": ("major", "info"),
    "9": _UNJUDGED,
}


def gitlab(review: Review) -> str:
    """Return a review as a code quality report; known and waived findings are left out."""
    return as_json([*map(_finding, new(review)), *(_unread(path, why) for path, why in untold(review))])


def _finding(one: Placed) -> dict[str, Any]:
    finding = one.finding
    error, warning = _SEVERITIES.get(finding.rule[3:4], _UNJUDGED)
    return {
        "description": ". ".join(visible(part) for part in (finding.message, finding.remedy) if part),
        "check_name": finding.rule,
        "fingerprint": one.fingerprint,
        "severity": error if finding.severity == "error" else warning,
        "location": {"path": one.path, "lines": {"begin": max(finding.line, 1)}},
    }


def _unread(path: str, why: str) -> dict[str, Any]:
    return {
        "description": f"could not be judged: {visible(why)}",
        "check_name": "unread",
        "fingerprint": sha256(json.dumps(["unread", path, why]).encode())[:32],
        "severity": "blocker",
        "location": {"path": path, "lines": {"begin": 1}},
    }
