"""SARIF 2.1.0: valid against its schema whatever a program or a file name holds, and what the schema cannot say."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import jsonschema
import pytest
from hypothesis import given

from llmdas import __version__
from llmdas.review.formats.sarif import sarif
from llmdas.review.manual import load_manual

from .samples import EMPTY, MIXED, OPEN, PRINT, QUICK, a_review, placed, reviews

ASSETS = Path(__file__).resolve().parents[2] / "assets"
DOCS = Path(__file__).resolve().parents[3] / "docs" / "formats.md"


@cache
def validator() -> jsonschema.protocols.Validator:
    schema = json.loads((ASSETS / "sarif-2.1.0.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def log(review) -> dict[str, Any]:
    value = json.loads(sarif(review))
    validator().validate(value)
    (run,) = value["runs"]
    return run


def test_the_schema_refuses_what_is_not_sarif() -> None:
    value = json.loads(sarif(MIXED))
    value["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        validator().validate(value)


def test_an_empty_review() -> None:
    run = log(EMPTY)
    assert run["results"] == []
    assert run["tool"]["driver"] == {"name": "llmdas", "semanticVersion": __version__, "rules": []}
    assert run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]
    assert [artifact["location"]["uri"] for artifact in run["artifacts"]] == ["a.py", "b.py"]


def test_a_result_in_full() -> None:
    (result,) = log(a_review(placed(OPEN, "2")))["results"]
    assert result == {
        "ruleId": "DAS203",
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": "the builtin `open` is not permitted. Use the arguments."},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "a.py", "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": 7, "startColumn": 9},
                }
            }
        ],
        "partialFingerprints": {"llmdas/v1": "2" * 32},
    }


def test_a_rule_in_full() -> None:
    run = log(a_review(placed(OPEN, "2")))
    (rule,) = run["tool"]["driver"]["rules"]
    help_ = rule.pop("help")
    assert rule == {
        "id": "DAS203",
        "name": "BuiltinNotPermitted",
        "shortDescription": {"text": "builtin not permitted"},
        "fullDescription": {"text": load_manual().rules["DAS203"].why},
        "defaultConfiguration": {"level": "error"},
        "properties": {
            "tags": ["security", "imports-and-names"],
            "precision": "very-high",
            "security-severity": "8.5",
        },
    }
    assert "eval" in help_["text"]
    assert "```python\n" in help_["markdown"]


def test_gravest_first_and_each_with_its_rule() -> None:
    run = log(MIXED)
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == ["DAS101", "DAS203", "DAS406", "DAS902"]
    results = run["results"]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in results)
    assert [result["partialFingerprints"]["llmdas/v1"][0] for result in results] == ["2", "3", "6", "1", "4", "5"]


def test_a_finding_about_a_whole_file_has_no_region() -> None:
    (whole,) = [result for result in log(MIXED)["results"] if result["ruleId"] == "DAS101"]
    assert "region" not in whole["locations"][0]["physicalLocation"]


def test_waived_findings_are_suppressed_with_their_reason() -> None:
    suppressed = [result["suppressions"] for result in log(MIXED)["results"] if "suppressions" in result]
    reason = "read by hand (Ada, until 2099-01-31)"
    assert suppressed == [[{"kind": "external", "status": "accepted", "justification": reason}]]


def test_the_baseline_state_stands_on_every_result_or_on_none() -> None:
    states = [result["baselineState"] for result in log(MIXED)["results"]]
    assert states == ["new", "new", "new", "new", "unchanged", "new"]
    assert all("baselineState" not in result for result in log(a_review(placed(OPEN, "1")))["results"])


def test_what_was_not_judged_makes_the_run_fail() -> None:
    (invocation,) = log(MIXED)["invocations"]
    assert invocation["executionSuccessful"] is False
    told = [
        (note["level"], note["message"]["text"], note["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])
        for note in invocation["toolExecutionNotifications"]
    ]
    assert told == [
        ("error", "could not be judged: the checker was stopped", "e.py"),
        ("error", "could not be judged: cannot be read: Permission denied", "f.py"),
    ]


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("sub/a b.py", "sub/a%20b.py"),
        ("c:d.py", "c%3Ad.py"),
        ("q?#%.py", "q%3F%23%25.py"),
        ("日.py", "%E6%97%A5.py"),
        ("<stdin>", "%3Cstdin%3E"),
        ("a\nb\\\\c.py", "a%0Ab%5C%5Cc.py"),
    ],
)
def test_paths_are_relative_references(path, uri) -> None:
    (result,) = log(a_review(placed(OPEN, "1", path), files=[path]))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_a_program_can_put_neither_link_nor_placeholder_into_a_message() -> None:
    finding = OPEN.__class__(1, 1, "DAS208", "the attribute `_[click](0) {0} {{1}}` is not permitted", "", "")
    (result,) = log(a_review(placed(finding, "1")))["results"]
    assert result["message"]["text"] == "the attribute `_[click] (0) { 0} {{ 1}}` is not permitted"


@QUICK
@given(reviews())
def test_any_review_is_valid_and_shows_no_absolute_path(review) -> None:
    raw = sarif(review)
    assert raw.isascii()
    assert all(character.isprintable() or character == "\n" for character in raw)
    run = log(review)
    assert len(run["results"]) == len(review.placed)
    for result in run["results"]:
        physical = result["locations"][0]["physicalLocation"]
        split = urlsplit(physical["artifactLocation"]["uri"])
        assert (split.scheme, split.netloc, split.query, split.fragment) == ("", "", "", "")
        assert not split.path.startswith("/")
        assert unquote(split.path) in review.files
        region = physical.get("region", {"startLine": 1})
        assert region["startLine"] >= 1
        assert region.get("startColumn", 1) >= 1
        assert result["message"]["text"].isprintable()
    assert run["invocations"][0]["executionSuccessful"] is (not review.unread)


def test_every_rule_can_be_described() -> None:
    every = [placed(OPEN.__class__(1, 1, rule, "m", "", ""), "1") for rule in load_manual().rules]
    run = log(a_review(*every))
    described = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert described.keys() == load_manual().rules.keys()
    for rule in described.values():
        assert re.fullmatch(r"[A-Z]\w+", rule["name"])
        assert ("security" in rule["properties"]["tags"]) == ("security-severity" in rule["properties"])
    names = [rule["name"] for rule in described.values()]
    assert len(set(names)) == len(names)
    assert described["DAS406"]["defaultConfiguration"] == {"level": "warning"}
    assert described["DAS021"]["defaultConfiguration"] == {"level": "warning"}
    assert described[PRINT.rule]["name"] == "Print"


def test_the_documented_table_is_what_is_written() -> None:
    rows = re.findall(
        r"^\| (\dxx) \| [^|]+ \| ([\d.]+|none)[^|]*\| ([^|]+) \| ([a-z-]+) \|$", DOCS.read_text(), re.MULTILINE
    )
    documented = {group: (severity, tags.split(", "), precision) for group, severity, tags, precision in rows}
    every = [placed(OPEN.__class__(1, 1, rule, "m", "", ""), "1") for rule in load_manual().rules]
    for rule in log(a_review(*every))["tool"]["driver"]["rules"]:
        properties = rule["properties"]
        said = (properties.get("security-severity", "none"), properties["tags"], properties["precision"])
        assert documented[f"{rule['id'][3]}xx"] == said
