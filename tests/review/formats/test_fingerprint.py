"""Fingerprints know a finding again when lines move, and never take two findings for one."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from llmdas.gate.inspection import inspect
from llmdas.program import Finding
from llmdas.review.fingerprint import fingerprints

from .samples import QUICK

HEAD = "def generate_hard_anomalies(n_samples, model, X_train, rng):\n"
TAIL = "    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0\n"

few = st.sampled_from
alike = st.builds(
    Finding,
    line=st.integers(0, 50),
    column=st.integers(0, 50),
    rule=few(["DAS203", "DAS205"]),
    message=few(["one", "two"]),
    excerpt=few(["x = 1", "x  =\t1", "y = 1", ""]),
    remedy=few(["mend", ""]),
)
lists = st.lists(alike, max_size=12)


def test_a_fingerprint_does_not_change_between_versions() -> None:
    finding = Finding(3, 1, "DAS203", "m", "    x = open(1)", "r")
    assert fingerprints("a.py", [finding, finding]) == (
        "acca49ee47b5a85c19255a6048cf0bf1",
        "8466ed3c24c4c925a9aa43d1e82c0bc9",
    )


@QUICK
@given(lists, st.text(max_size=5))
def test_all_are_distinct_and_well_formed(found, path) -> None:
    marks = fingerprints(path, found)
    assert len(marks) == len(found) == len(set(marks))
    assert all(re.fullmatch("[0-9a-f]{32}", mark) for mark in marks)


@QUICK
@given(lists, st.integers(1, 1000))
def test_moved_and_indented_lines_and_other_remedies_change_nothing(found, by) -> None:
    moved = [
        replace(one, line=one.line + by, column=one.column + by, excerpt=f"\t {one.excerpt}  ", remedy="r")
        for one in found
    ]
    assert fingerprints("a.py", moved) == fingerprints("a.py", found)


@QUICK
@given(lists)
def test_another_path_shares_none(found) -> None:
    assert not set(fingerprints("a.py", found)) & set(fingerprints("b.py", found))


@QUICK
@given(lists, alike)
def test_a_new_finding_leaves_the_marks_of_those_before_it_and_of_those_unlike_it(found, more) -> None:
    before = fingerprints("a.py", found)
    assert fingerprints("a.py", [*found, more])[:-1] == before
    key = (more.rule, more.message, more.excerpt.split())
    after = fingerprints("a.py", [more, *found])[1:]
    for one, old, new in zip(found, before, after, strict=True):
        assert old == new or (one.rule, one.message, one.excerpt.split()) == key


@QUICK
@given(lists.flatmap(lambda found: st.tuples(st.just(found), st.permutations(found))))
def test_the_set_does_not_depend_on_the_order(pair) -> None:
    found, shuffled = pair
    assert set(fingerprints("a.py", found)) == set(fingerprints("a.py", shuffled))


def test_what_stands_beyond_the_excerpt_counts_when_the_source_is_there() -> None:
    finding = Finding(1, 1, "DAS205", "m", "x = 1...", "")
    first, second = (
        fingerprints("a.py", [finding], b"x = 1" + b" " * 200 + more) for more in (b"; y = X.foo", b"; y = X.tofile")
    )
    assert first != second


def test_another_message_at_the_same_line_is_another_finding() -> None:
    one = Finding(1, 1, "DAS201", "`scipy` is not permitted", "from \\", "")
    assert fingerprints("a.py", [one]) != fingerprints("a.py", [replace(one, message="`os` is not permitted")])


def test_a_path_and_an_excerpt_cannot_be_mixed_up() -> None:
    one, two = Finding(1, 1, "DAS203", "", "b c", ""), Finding(1, 1, "DAS203", "", "c", "")
    assert fingerprints("a", [one]) != fingerprints("a b", [two])


def test_of_a_real_program_lines_above_move_nothing(terms) -> None:
    source = HEAD + "    x = eval('1')\n    y = open(x)\n    x = eval('1')\n" + TAIL
    moved = source.replace(HEAD, f'"""A docstring."""\n\n{HEAD}    scale = 2.0\n')
    before, after = (fingerprints("a.py", inspect(text.encode(), terms)) for text in (source, moved))
    assert len(before) == 3
    assert before == after
