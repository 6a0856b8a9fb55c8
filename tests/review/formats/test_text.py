"""What people read: exact lines, a caret where the mistake is, and nothing that a program or a file name could fake."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmdas.gate.characters import is_printable
from llmdas.gate.report import Report
from llmdas.program import Finding
from llmdas.review.formats.common import inert, visible
from llmdas.review.formats.text import summary, text

from .samples import EMPTY, MIXED, OPEN, PRINT, QUICK, a_review, findings, placed, reviews


def test_a_mixed_review_in_full() -> None:
    assert text(MIXED) == (
        "a.py:8:5: DAS406 warning: what is printed is thrown away\n"
        "    print(X)\n"
        "    ^\n"
        "    help: Delete the call.\n"
        "\n"
        "a.py:7:9: DAS203 the builtin `open` is not permitted\n"
        '    X = open("a")\n'
        "        ^\n"
        "    help: Use the arguments.\n"
        "\n"
        "b.py: DAS101 `f` is not defined\n"
        "    help: Define it.\n"
        "\n"
        "e.py: DAS902 the checker was stopped\n"
        "    help: Write a shorter program.\n"
        "\n"
        "d.py:7:9: DAS203 waived: read by hand (Ada, until 2099-01-31)\n"
        "f.py: not judged: cannot be read: Permission denied\n"
        "\n"
        "4 findings (3 errors, 1 warning) in 3 of 5 files; 1 waived; 1 known from the baseline; "
        "2 files could not be judged\n"
    )


@pytest.mark.parametrize(
    ("review", "said"),
    [
        (EMPTY, "no findings in 2 files"),
        (a_review(files=["a.py"]), "no findings in 1 file"),
        (a_review(files=[]), "no findings in 0 files"),
        (a_review(placed(OPEN, "1")), "1 finding (1 error) in 1 of 2 files"),
        (a_review(placed(OPEN, "1"), files=["a.py"]), "1 finding (1 error) in 1 file"),
        (
            a_review(placed(OPEN, "1"), placed(OPEN, "2", "waivers.yaml"), files=["a.py"]),
            "2 findings (2 errors) in 2 files",
        ),
        (a_review(placed(PRINT, "1"), placed(PRINT, "2")), "2 findings (2 warnings) in 1 of 2 files"),
        (a_review(placed(OPEN, "1", state="baseline")), "no findings in 2 files; 1 known from the baseline"),
        (a_review(unread=[("x", "gone")]), "no findings in 2 files; 1 file could not be judged"),
    ],
)
def test_numbers_at_the_end(review, said) -> None:
    assert summary(review) == said
    assert text(review).endswith(f"{said}\n")


def shown(source: str, column: int) -> tuple[str, str]:
    """Return the excerpt line and the caret line for a column of a source of one line, judged as the gate does."""
    report = Report(source)
    report.add("DAS203", "wrong", line=1, column=column)
    hidden = next((n for n, character in enumerate(source, 1) if not is_printable(character) and character != "\t"), 0)
    if hidden:
        report.add("DAS005", "hidden", line=1, column=hidden)
    lines = text(a_review(*(placed(finding, "1") for finding in report.findings()))).splitlines()
    return next((line, lines[n + 1]) for n, line in enumerate(lines) if lines[n - 1].startswith(f"a.py:1:{column}:"))


@pytest.mark.parametrize(
    ("source", "column", "excerpt", "caret"),
    [
        ("x = open(1)", 5, "    x = open(1)", "        ^"),
        ("        x = open(1)", 13, "    x = open(1)", "        ^"),
        ("    x = 1", 1, "        x = 1", "    ^"),
        ("\tx = open(1)", 6, "    x = open(1)", "        ^"),
        ("x =\topen(1)", 5, "    x =\topen(1)", "       \t^"),
        ("x = '日本' + evil", 12, "    x = '日本' + evil", "                 ^"),
        ("x = 'e\u0301' + evil", 12, "    x = 'e\u0301' + evil", "              ^"),
        ("x = '\u200b\u200b' + evil", 12, "    x = '\\u200b\\u200b' + evil", "                         ^"),
        ("x = '\\u200b' + evil", 16, "    x = '\\u200b' + evil", "                   ^"),
        ("x = 1", 6, "    x = 1", "         ^"),
        ("x = 1", 60, "    x = 1", "         ^"),
    ],
)
def test_the_caret_stands_under_the_column(source, column, excerpt, caret) -> None:
    assert shown(source, column) == (excerpt, caret)


@pytest.mark.parametrize("lead", ["", "    ", "\t", "日本", "\u200b", "\u200b" * 20])
@pytest.mark.parametrize("before", [70, 78, 79, 80, 81, 82, 100, 116, 117, 118, 300])
@pytest.mark.parametrize("after", [0, 30, 300])
def test_a_fault_far_on_a_long_line_is_shown_with_its_caret(lead, before, after) -> None:
    source = lead + "x" * before + "EVIL" + "y" * after
    line, caret = shown(source, len(lead) + before + 1)
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in line[: line.index("EVIL")])
    assert caret.index("^") == line.index("EVIL") + wide
    assert len(line) <= 4 + 120


def test_a_long_line_is_cut_on_both_sides_with_dots() -> None:
    assert shown("x" * 299 + "E" + "y" * 299, 300)[0] == "    ..." + "x" * 57 + "E" + "y" * 56 + "..."
    assert shown("x" * 299 + "E", 300)[0] == "    ..." + "x" * 57 + "E"
    assert shown("E" + "x" * 299, 1)[0] == "    E" + "x" * 116 + "..."


@QUICK
@given(
    st.text(st.characters(categories=["L", "N", "P"], include_characters=" \t"), max_size=30),
    st.sampled_from(["", "  ", "\t", " \t "]),
)
def test_the_caret_stands_under_the_right_word_whatever_stands_before_it(before, indent) -> None:
    source = f"{indent}x{before}EVIL"
    line, caret = shown(source, len(source) - 3)
    assert caret.endswith("^")
    assert [c for c in caret if c == "\t"] == [c for c in line[: line.index("EVIL")] if c == "\t"]
    if before.isascii():
        assert line[len(caret) - 1 :].startswith("EVIL")


def test_no_colour_unless_asked_for() -> None:
    assert "\x1b" not in text(MIXED)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text(MIXED, color=True))
    assert plain == text(MIXED) != text(MIXED, color=True)


def test_a_file_name_cannot_fake_a_line() -> None:
    name = "a.py:1:1: DAS203 x\nno findings in 1 file\n\x1b[2K\u202e.py"
    for state in ("new", "waived"):
        lines = text(a_review(placed(OPEN, "1", name, state=state), unread=[(name, "gone\nb.py: x")])).splitlines()
        assert "no findings in 1 file" not in lines
        assert not [line for line in lines if line.startswith("b.py")]


@QUICK
@given(reviews())
def test_only_known_characters_are_printed_and_every_line_is_ours(review) -> None:
    printed = text(review)
    assert all(c.isprintable() or c in "\n\t" for c in printed)
    heads = [line for line in printed.split("\n") if line and not line.startswith("    ")]
    listed = [one for one in review.placed if one.state != "baseline"]
    assert len(listed) < len(heads) <= len(listed) + len(review.unread) + 1
    names = tuple(f"{inert(visible(path))}:" for path in review.files)
    assert all(head.startswith(names) for head in heads[:-1])
    assert heads[-1] == summary(review)


@QUICK
@given(findings())
def test_the_caret_never_leaves_the_excerpt(finding: Finding) -> None:
    lines = text(a_review(placed(finding, "1"))).splitlines()
    caret = next((n for n, line in enumerate(lines) if n and re.fullmatch(r"    [ \t]*\^", line)), None)
    if caret is not None and lines[caret - 1].isascii():
        assert len(lines[caret]) <= len(lines[caret - 1]) + 1
