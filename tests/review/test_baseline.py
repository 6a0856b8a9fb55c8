"""Known findings: they are listed and do not count, whatever moves around them, and nothing else is hidden."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmdas.errors import ConfigError
from llmdas.program import Finding
from llmdas.review.baseline import Baseline, baseline_file, baseline_of, read_baseline, write_baseline
from llmdas.review.outcome import Placed, Review


def placed(rule: str, mark: str, **fields) -> Placed:
    return Placed("a.py", "0" * 64, Finding(3, 1, rule, "what is wrong", "x = 1", "mend it"), mark * 32, **fields)


def a_review(*found: Placed, unread=()) -> Review:
    return Review(("a.py",), tuple(found), tuple(unread), "numpy", "das/1", "b" * 64)


KNOWN = a_review(placed("DAS203", "1"), placed("DAS205", "2"))


def test_what_was_written_is_known_and_the_rest_is_new(tmp_path):
    target = tmp_path / "known.json"
    marked = write_baseline(target, KNOWN)
    assert [one.state for one in marked.placed] == ["baseline", "baseline"]
    assert marked.clean
    later = (*KNOWN.placed, placed("DAS203", "3"))
    assert [one.state for one in read_baseline(target).mark(later)] == ["baseline", "baseline", "new"]


def test_the_file_is_the_same_for_the_same_findings_and_readable(tmp_path):
    target = tmp_path / "known.json"
    write_baseline(target, KNOWN)
    raw = target.read_bytes()
    write_baseline(target, KNOWN)
    assert target.read_bytes() == raw
    assert raw.endswith(b"\n")
    assert json.loads(raw) == {
        "version": 1,
        "bundle": "b" * 64,
        "findings": [
            {"fingerprint": mark * 32, "rule": rule, "path": "a.py", "message": "what is wrong", "program": "0" * 64}
            for rule, mark in (("DAS203", "1"), ("DAS205", "2"))
        ],
    }


def test_another_bundle_knows_the_same_findings():
    baseline = baseline_of(replace(KNOWN, bundle="c" * 64))
    assert all(one.state == "baseline" for one in baseline.mark(KNOWN.placed))


def test_a_fingerprint_is_known_for_its_rule_only():
    assert [one.state for one in baseline_of(KNOWN).mark([placed("DAS210", "1")])] == ["new"]


@pytest.mark.parametrize("change", [{"path": "tests/old.py"}, {"message": "the builtin `print` is not permitted"}])
def test_an_entry_holds_for_nothing_else_than_it_says(change):
    (entry, *_) = baseline_of(KNOWN).findings
    forged = Baseline(version=1, bundle="", findings=(entry.model_copy(update=change),))
    assert [one.state for one in forged.mark(KNOWN.placed)] == ["new", "new"]


@pytest.mark.parametrize("rule", ["DAS104", "DAS111", "DAS112", "DAS201", "DAS203", "DAS302"])
def test_a_rule_that_speaks_once_is_known_for_these_bytes_only(rule):
    found = placed(rule, "1")
    baseline = baseline_of(a_review(found))
    assert [one.state for one in baseline.mark([found, replace(found, program="1" * 64)])] == ["baseline", "new"]


@pytest.mark.parametrize("rule", ["DAS101", "DAS402", "DAS502", "DAS006"])
def test_any_other_rule_is_known_in_other_bytes_too(rule):
    found = placed(rule, "1")
    assert [one.state for one in baseline_of(a_review(found)).mark([replace(found, program="1" * 64)])] == ["baseline"]


def test_a_key_that_stands_twice_is_refused(tmp_path):
    path = tmp_path / "known.json"
    path.write_text('{"version": 1, "bundle": "b", "findings": [], "findings": []}')
    with pytest.raises(ConfigError, match="'findings' stands twice"):
        read_baseline(path)


@pytest.mark.parametrize(
    "rule", ["DAS001", "DAS002", "DAS010", "DAS011", "DAS012", "DAS014", "DAS020", "DAS901", "DAS904"]
)
def test_what_stands_is_never_written_and_never_known(rule):
    review = a_review(placed(rule, "1"))
    assert baseline_of(review).findings == ()
    forged = Baseline.model_validate_json(
        json.dumps(
            {
                "version": 1,
                "bundle": "",
                "findings": [{**ENTRY, "rule": rule, "message": "what is wrong", "program": "0" * 64}],
            }
        )
    )
    assert [one.state for one in forged.mark(review.placed)] == ["new"]


def test_a_waived_finding_is_not_written():
    assert baseline_of(a_review(placed("DAS203", "1", state="waived", justification="why"))).findings == ()


def test_a_review_that_could_not_complete_writes_nothing(tmp_path):
    target = tmp_path / "known.json"
    target.write_text("old")
    review = a_review(placed("DAS203", "1"), unread=[("b.py", "cannot be read")])
    assert write_baseline(target, review) == review
    assert target.read_text() == "old"


def test_a_judged_file_is_not_overwritten(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_text("precious")
    with pytest.raises(ConfigError, match="was judged"):
        write_baseline(tmp_path / "a.py", KNOWN)
    assert (tmp_path / "a.py").read_text() == "precious"


GOOD = {"version": 1, "bundle": "b", "findings": []}
ENTRY = {"fingerprint": "1" * 32, "rule": "DAS203", "path": "a.py", "message": "m", "program": ""}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "does not load"),
        ("{", "does not load"),
        ("[]", "does not load"),
        ("null", "does not load"),
        ("[" * 100_000, "does not load"),
        (json.dumps({**GOOD, "version": 2}), "a version that this llmdas does not read; it reads 1"),
        (json.dumps({**GOOD, "version": "1"}), "version"),
        (json.dumps({"bundle": "b", "findings": []}), "does not load at version"),
        (json.dumps({**GOOD, "more": 1}), "does not load at more"),
        (json.dumps({**GOOD, "findings": [{**ENTRY, "fingerprint": "1"}]}), "findings.0.fingerprint"),
        (json.dumps({**GOOD, "findings": [{**ENTRY, "rule": "DAS*"}]}), "findings.0.rule"),
        (json.dumps({**GOOD, "findings": [{**ENTRY, "line": 3}]}), "findings.0.line"),
    ],
)
def test_a_file_that_is_not_a_baseline_is_one_sentence(tmp_path, text, said):
    path = tmp_path / "known.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=said) as caught:
        read_baseline(path)
    assert "--write-baseline" in str(caught.value)


def test_only_a_baseline_is_replaced_and_no_file_that_must_stay(tmp_path):
    path = tmp_path / "known.json"
    assert baseline_file(path) == path
    path.write_text(json.dumps(GOOD))
    assert baseline_file(path) == path
    with pytest.raises(ConfigError, match="holds the waivers of this review and is not overwritten"):
        baseline_file(path, {tmp_path / "x" / ".." / "known.json": "the waivers"})
    path.write_text("{}")
    with pytest.raises(ConfigError, match="is no baseline"):
        baseline_file(path)
    with pytest.raises(ConfigError, match="folder that does not exist"):
        baseline_file(tmp_path / "no" / "known.json")


def test_a_missing_unreadable_or_huge_file_is_one_sentence(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        read_baseline(tmp_path / "nothing.json")
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):  # a pipe would be waited for
        with pytest.raises(ConfigError, match="is no regular file"):
            read_baseline(path)
    with pytest.raises(ConfigError, match=r"Write it with --write-baseline .*nothing.json, or delete the key"):
        read_baseline(tmp_path / "nothing.json")
    huge = tmp_path / "huge.json"
    with huge.open("wb") as file:
        file.truncate(1 << 40)  # sparse
    with pytest.raises(ConfigError, match="larger than"):
        read_baseline(huge)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.just("1" * 32)
    | st.just("DAS203"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*GOOD, *ENTRY]) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(values | st.fixed_dictionaries({"version": st.just(1), "bundle": st.just("b"), "findings": values}))
def test_no_json_value_is_more_than_a_sentence(tmp_path_factory, value):
    _tried(tmp_path_factory, json.dumps(value).encode())


@given(st.binary(max_size=60) | st.text(alphabet='[]{}",:0123456789eE+-.ntfINa\\u d', max_size=60).map(str.encode))
def test_no_bytes_are_more_than_a_sentence(tmp_path_factory, raw):
    _tried(tmp_path_factory, raw)


def _tried(tmp_path_factory, raw: bytes) -> None:
    path = tmp_path_factory.mktemp("baseline") / "known.json"
    path.write_bytes(raw)
    with contextlib.suppress(ConfigError):
        assert isinstance(read_baseline(path), Baseline)
