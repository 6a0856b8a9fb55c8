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


def fingerprints(path: str, findings: Iterable[Finding], source: bytes = b"") -> tuple[str, ...]:
    """Return one fingerprint of 32 hex digits for each finding on one file, in their order.

    It is made of rule, path, message, the whole line at fault with its white space evened out, and, of several that are
    equal in all of these, how many came before. So it stays the same when lines move or are indented otherwise, and all
    are distinct within a review, which judges each path once. It changes with the line at fault, with the number of
    equal ones before it, and when the file is renamed: a renamed file is judged anew.

    Args:
        path: as reported.
        findings: all findings on the file, in the order of the source.
        source: the file's bytes; without them the excerpt, a part of the line, stands for the line.
    """
    lines = source.decode("utf-8", "replace").replace("\r\n", "\n").split("\n") if source else []
    seen: Counter[tuple[str, ...]] = Counter()
    made = []
    for finding in findings:
        line = lines[finding.line - 1] if 0 < finding.line <= len(lines) else finding.excerpt
        about = (finding.rule, path, finding.message, " ".join(line.split()))
        made.append(sha256(json.dumps([*about, seen[about]]).encode())[:_LENGTH])
        seen[about] += 1
    return tuple(made)
