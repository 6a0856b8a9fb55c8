"""GitLab's code quality report: what counts, with distinct fingerprints and a line that GitLab takes."""

from __future__ import annotations

import json
import re
from pathlib import Path

from hypothesis import given

from llmdas.review.formats.gitlab import gitlab
from llmdas.review.manual import load_manual

from .samples import EMPTY, MIXED, OPEN, QUICK, a_review, placed, reviews

DOCS = Path(__file__).resolve().parents[3] / "docs" / "formats.md"
SEVERITIES = {"info", "minor", "major", "critical", "blocker"}


def test_an_empty_review() -> None:
    assert gitlab(EMPTY) == "[]\n"


def test_an_entry_in_full() -> None:
    assert json.loads(gitlab(a_review(placed(OPEN, "2")))) == [
        {
            "description": "the builtin `open` is not permitted. Use the arguments.",
            "check_name": "DAS203",
            "fingerprint": "2" * 32,
            "severity": "critical",
            "location": {"path": "a.py", "lines": {"begin": 7}},
        }
    ]


def test_known_and_waived_findings_are_left_out_and_what_was_not_judged_is_not() -> None:
    found = [(entry["check_name"], entry["location"]["path"]) for entry in json.loads(gitlab(MIXED))]
    assert found == [("DAS406", "a.py"), ("DAS203", "a.py"), ("DAS101", "b.py"), ("DAS902", "e.py"), ("unread", "f.py")]


@QUICK
@given(reviews())
def test_any_review_gives_entries_that_gitlab_takes(review) -> None:
    raw = gitlab(review)
    assert raw.isascii()
    for entry in json.loads(raw):
        assert entry.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["severity"] in SEVERITIES
        assert entry["location"]["path"] in review.files
        assert entry["location"]["lines"]["begin"] >= 1
        assert entry["description"].isprintable()
    marks = [entry["fingerprint"] for entry in json.loads(raw) if entry["check_name"] != "unread"]
    assert len(set(marks)) == len(marks)


def test_the_documented_table_is_what_is_written() -> None:
    rows = re.findall(r"^\| (\dxx) \| (\w+) \| (\w+) \|$", DOCS.read_text(), re.MULTILINE)
    documented = {group: (error, warning) for group, error, warning in rows}
    for rule in load_manual().rules:
        said = []
        for severity in ("error", "warning"):
            finding = OPEN.__class__(1, 1, rule, "m", "", "", severity)
            (entry,) = json.loads(gitlab(a_review(placed(finding, "1"))))
            said.append(entry["severity"])
        assert documented[f"{rule[3]}xx"] == tuple(said)
