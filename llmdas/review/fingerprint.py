"""Names a finding by what it is about, not by where it stands, so that it is known again when lines above it move."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from llmdas.digest import sha256

if TYPE_CHECKING:
    from llmdas.program import Finding

_LENGTH = 32


def fingerprints(path: str, findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return one fingerprint of 32 hex digits for each finding on one file, in their order.

    It is made of rule, path, the line at fault with its white space evened out, and, of several that are equal in all
    three, how many came before. So it stays the same when lines move or are indented otherwise, and all are distinct
    within a review, which judges each path once. It changes with the line at fault, with the number of equal ones
    before it, and when the file is renamed: a renamed file is judged anew. Only the part of a line that is shown as the
    excerpt counts.

    Args:
        path: as reported.
        findings: all findings on the file, in the order of the source.
    """
    seen: Counter[tuple[str, str]] = Counter()
    made = []
    for finding in findings:
        excerpt = " ".join(finding.excerpt.split())
        before = seen[finding.rule, excerpt]
        seen[finding.rule, excerpt] += 1
        made.append(sha256(json.dumps([finding.rule, path, excerpt, before]).encode())[:_LENGTH])
    return tuple(made)
