"""Bytes and text that are read differently by people and by Python."""

from __future__ import annotations

import warnings

import pytest

from .conftest import HEAD, TAIL, rules

GOOD = HEAD + TAIL


def test_faultless_source_has_no_finding(look) -> None:
    assert look(GOOD) == ()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"\xef\xbb\xbf" + GOOD.encode(), {"DAS003"}),
        (GOOD.encode("utf-16"), {"DAS002"}),
        (GOOD.encode().replace(b"np", b"n\xe9"), {"DAS002"}),
        (GOOD.encode() + b"# \xed\xa0\x80 a lone surrogate\n", {"DAS002"}),
        (GOOD.encode() + b"# overlong \xc0\xaf slash\n", {"DAS002"}),
        (GOOD.encode() + b"# null \x00 byte\n", {"DAS010"}),
        (GOOD.encode() + b"# escape \x1b[2K sequence\n", {"DAS004"}),
        (GOOD.encode() + b"# vertical \x0b tab\n", {"DAS004"}),
        (GOOD.encode() + b"# next \xc2\x85 line\n", {"DAS004"}),
        (GOOD.encode() + "# line \u2028 separator\n".encode(), {"DAS005"}),
        (GOOD.encode() + "# private \ue000 use\n".encode(), {"DAS005"}),
        (GOOD.encode() + "x = 'hangul \u3164 filler'\n".encode(), {"DAS005"}),
        (b"", {"DAS101"}),
        (b"\n\n", {"DAS101"}),
        (GOOD.encode() + b"#" * 65536, {"DAS001"}),
        (GOOD.encode().replace(b"+ 1.0", b"+ 1." + b"0" * 600), {"DAS008"}),
    ],
)
def test_odd_bytes(look, source: bytes, expected: set[str]) -> None:
    assert rules(look(source)) == expected


def test_code_behind_a_bare_carriage_return_is_not_hidden_in_a_comment(look) -> None:
    findings = look(GOOD.replace("    return", "    # harmless\r    import os\n    return"))
    assert "DAS004" in rules(findings)


@pytest.mark.parametrize("line", ["x = 'a\0'", "x = 1\0\0", "# \0\n    x = '\0'"])
def test_null_bytes_are_one_finding_at_the_first(within, line: str) -> None:
    (finding,) = within(line)
    assert (finding.rule, finding.line, finding.column) == ("DAS010", 5, line.index("\0") + 5)
    assert "null byte" in finding.message


def test_other_control_characters_beside_a_null_byte_are_told(within) -> None:
    assert [finding.rule for finding in within("x = '\x1b\0'")] == ["DAS004", "DAS010"]


def test_crlf_line_ends_are_plain(look) -> None:
    assert look(GOOD.replace("\n", "\r\n")) == ()


def test_bytes_that_are_no_text_are_placed_in_characters(look) -> None:
    (finding,) = look(GOOD.encode() + "# caf\u00e9 ".encode() + b"\xe9\n")
    assert (finding.rule, finding.line, finding.column) == ("DAS002", GOOD.count("\n") + 1, 8)


@pytest.mark.parametrize(
    "source",
    [
        "```python\n" + GOOD + "```\n",
        "Here is the program:\n" + GOOD,
        "Here's the program:\n\n" + GOOD,
        "\nSure, this function works (numpy only):\n" + GOOD,
        GOOD + "```\n",
    ],
)
def test_an_answer_that_is_not_python_alone_is_told_so(look, source: str) -> None:
    (finding, *_) = look(source)
    assert (finding.rule, finding.remedy) == ("DAS010", "Send Python alone: no prose and no ``` fences.")


@pytest.mark.parametrize(
    "first", ["# Here is the program", "import numpy as np", "x is not None", '"""Rows on a line."""']
)
def test_a_mistake_in_plain_python_is_not_taken_for_prose(look, first: str) -> None:
    (finding,) = look(first + "\n" + GOOD + "x = (\n")
    assert finding.rule == "DAS010"
    assert "syntax" in finding.remedy


def test_too_many_nodes(look) -> None:
    lines = "".join(f"    a{i} = [{','.join('1' * 110)}]\n" for i in range(200))
    assert rules(look(HEAD + lines + TAIL)) == {"DAS011"}


@pytest.mark.parametrize("depth", [100, 2000, 20000])
def test_any_depth_is_a_finding(look, depth: int) -> None:
    source = HEAD + "    x = 1\n" + "".join(f"    x = {'-' * 400}x\n" for _ in range(1)) + TAIL
    assert rules(look(source)) == {"DAS012"}
    chain = HEAD + "    x = " + "\\\n-".join([""] * depth) + "1\n" + TAIL
    assert rules(look(chain)) <= {"DAS010", "DAS012"}
    assert look(chain)


def test_places_count_characters_from_one(within) -> None:
    (finding,) = within("text = 'äöü€😀' + evil")
    assert (finding.line, finding.column, finding.rule) == (5, 22, "DAS204")
    assert finding.excerpt == "    text = 'äöü€😀' + evil"


def test_excerpt_is_short_and_visible(look) -> None:
    (finding,) = look(HEAD + "    x = '" + "\u200b" * 3 + "a" * 200 + "'\n" + TAIL)
    assert finding.rule == "DAS005"
    assert len(finding.excerpt) <= 120
    assert "\\u200b" in finding.excerpt
    assert finding.excerpt.isprintable()


def test_many_findings_are_cut_and_errors_kept(within) -> None:
    findings = within("\n".join(f"x = missing_{i}" for i in range(300)))
    assert len(findings) == 201
    assert findings[0].rule == "DAS014"
    assert "100 more" in findings[0].message


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa",
        "#noqa:E501",
        "# NOQA",
        "# nosec",
        "# type: ignore[x]",
        "# pylint: disable=all",
        "# pragma: no cover",
        "# ast-grep-ignore: some-rule",
        "# fmt: off",
        "# nosemgrep",
        "# why # noqa",
        "## mypy: ignore-errors",
        "# ruff: noqa",
    ],
)
def test_suppression_comments_are_found(within, comment: str) -> None:
    assert rules(within(f"x = 1  {comment}")) == {"DAS009"}


@pytest.mark.parametrize(
    "comment", ["# the noqa comment", "# type: a float", "# formats: offset", "# pragmatic choice"]
)
def test_comments_that_only_mention_suppression_pass(within, comment: str) -> None:
    assert within(f"x = 1  {comment}") == ()


def test_names_within_fstrings_are_ascii(within) -> None:
    assert rules(within('text = f"{\uff4e_samples}"')) == {"DAS006"}
    assert within('text = f"größer: {n_samples} {chr_}"\nchr_ = 1') == ()


@pytest.mark.parametrize("code", [r"x = '\d'", "x = 1 is 1", "assert (n_samples, 'text')"])
def test_warnings_of_the_parser_change_no_verdict(within, code: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert within(code) == ()


@pytest.mark.parametrize("literal", ["1" * 320, "0x" + "f" * 300])
def test_numbers_beyond_floats_are_found(within, literal: str) -> None:
    assert rules(within(f"x = {literal}")) == {"DAS013"}
