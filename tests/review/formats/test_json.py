"""The JSON object: every key that is documented, nothing lost, nothing that a terminal would act on."""

from __future__ import annotations

import json
import re
from pathlib import Path

from hypothesis import given

from llmdas import __version__
from llmdas.review.formats import FORMATS
from llmdas.review.formats.json_ import json_

from .samples import EMPTY, MIXED, QUICK, reviews

DOCS = (Path(__file__).resolve().parents[3] / "docs" / "formats.md").read_text(encoding="utf-8")


def test_an_empty_review_in_full() -> None:
    assert json.loads(json_(EMPTY)) == {
        "version": 1,
        "llmdas": __version__,
        "profile": "numpy",
        "contract": "das/1",
        "bundle": "b" * 64,
        "files": ["a.py", "b.py"],
        "findings": [],
        "unread": [],
        "summary": {
            "files": 2, "touched": 0, "errors": 0, "warnings": 0, "baseline": 0, "waived": 0, "unread": 0,
            "clean": True,
        },
    }  # fmt: skip


def test_a_mixed_review() -> None:
    value = json.loads(json_(MIXED))
    assert value["findings"][4] == {
        "path": "d.py",
        "program": "0" * 64,
        "rule": "DAS203",
        "severity": "error",
        "line": 7,
        "column": 9,
        "message": "the builtin `open` is not permitted",
        "excerpt": '    X = open("a")',
        "remedy": "Use the arguments.",
        "fingerprint": "5" * 32,
        "state": "waived",
        "justification": "read by hand (Ada, until 2099-01-31)",
    }
    assert value["unread"][1] == {"path": "f.py", "reason": "cannot be read: Permission denied"}
    assert value["summary"] == {
        "files": 5, "touched": 3, "errors": 3, "warnings": 1, "baseline": 1, "waived": 1, "unread": 2,
        "clean": False,
    }  # fmt: skip


def test_every_key_is_documented() -> None:
    value = json.loads(json_(MIXED))
    page = DOCS[DOCS.index("## json") : DOCS.index("## sarif")]
    documented = re.findall(r"^\| `(\w+)`", page, re.MULTILINE)
    assert documented == [*value, *value["findings"][0]]
    (summary,) = [line for line in page.splitlines() if line.startswith("| `summary`")]
    assert re.findall(r"`(\w+)`", summary)[1:] == list(value["summary"])


@QUICK
@given(reviews())
def test_any_review_comes_back_whole(review) -> None:
    raw = json_(review)
    assert raw.isascii()
    value = json.loads(raw)
    assert value["files"] == list(review.files)
    assert [(f["path"], f["rule"], f["line"], f["column"], f["state"]) for f in value["findings"]] == [
        (one.path, one.finding.rule, one.finding.line, one.finding.column, one.state) for one in review.placed
    ]
    assert all(f["message"].isprintable() and f["remedy"].isprintable() for f in value["findings"])
    assert value["summary"]["clean"] == review.clean


@QUICK
@given(reviews())
def test_every_form_can_be_written_as_utf_8(review) -> None:
    for form in FORMATS.values():
        assert form(review).encode("utf-8").decode("utf-8") == form(review)
