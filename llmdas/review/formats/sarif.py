"""For code scanning: SARIF 2.1.0 (OASIS Standard, errata 01), in the subset that GitHub reads and a little more.

Results come with the gravest first, for GitHub shows at most 5,000 of a run; it refuses a file with more than 25,000.
Fingerprints stand under a name of our own: the one that GitHub reads is computed by its upload action from the source.
Places are relative to ``%SRCROOT%``, the folder that the review ran in; results on a whole file have no region.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from llmdas import __version__
from llmdas.review.formats.common import as_json, visible
from llmdas.review.outcome import Placed, Review

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_FINGERPRINT = "llmdas/v1"
_ORDER = ("new", "baseline", "waived")
# What would be read as a link or a placeholder (SARIF 3.11.5 and 3.11.6); a program could put either into a message.
_SPECIAL = re.compile(r"\](?=\()|\{(?=\d+\})")


def sarif(review: Review) -> str:
    """Return a review as a SARIF log; docs/formats.md says what stands in it.

    Raises:
        ResourceError: what is said about the rules does not load.
    """
    from llmdas.review.formats.sarif_rules import descriptors  # the other formats need no manual

    placed = sorted(review.placed, key=lambda one: (_ORDER.index(one.state), one.finding.severity != "error"))
    rules = sorted({one.finding.rule for one in placed})
    compared = any(one.state == "baseline" for one in placed)
    run = {
        "tool": {
            "driver": {
                "name": "llmdas",
                "semanticVersion": __version__,
                "rules": descriptors(rules),
            }
        },
        "invocations": [_invocation(review)],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder that the review ran in."}}},
        "artifacts": [{"location": _artifact(path), "roles": ["analysisTarget"]} for path in review.files],
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, rules, compared) for one in placed],
        "properties": {"profile": review.profile, "contract": review.contract, "bundle": review.bundle},
    }
    return as_json({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _result(one: Placed, rules: list[str], compared: bool) -> dict[str, Any]:
    finding = one.finding
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": rules.index(finding.rule),
        "level": finding.severity,
        "message": _message(finding.message, finding.remedy),
        "locations": [_location(one.path, finding.line, finding.column)],
        "partialFingerprints": {_FINGERPRINT: one.fingerprint},
    }
    if one.state == "waived":
        suppression = {"kind": "external", "status": "accepted", "justification": visible(one.justification)}
        result["suppressions"] = [suppression]
    if compared:  # on every result of a run or on none
        result["baselineState"] = "unchanged" if one.state == "baseline" else "new"
    return result


def _invocation(review: Review) -> dict[str, Any]:
    return {
        "executionSuccessful": not review.unread,
        "toolExecutionNotifications": [
            {"level": "error", "message": _message(f"could not be judged: {why}"), "locations": [_location(path)]}
            for path, why in review.unread
        ],
    }


def _location(path: str, line: int = 0, column: int = 0) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(path)}
    if line:
        physical["region"] = {"startLine": line, "startColumn": column} if column else {"startLine": line}
    return {"physicalLocation": physical}


def _artifact(path: str) -> dict[str, str]:
    """Return a relative reference (RFC 3986, 4.2); a colon is encoded, for before a slash it would end a scheme."""
    return {"uri": quote(path, errors="backslashreplace"), "uriBaseId": _ROOT}


def _message(*sentences: str) -> dict[str, str]:
    text = ". ".join(visible(sentence) for sentence in sentences if sentence)
    return {"text": _SPECIAL.sub(lambda found: f"{found[0]} ", text)}
