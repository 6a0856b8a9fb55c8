from __future__ import annotations

import html
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmdas.report.text import MAX_COLOURED, _coloured, marked, number, source_lines, visible
from tests.report.sample import SOURCE

hostile = st.text(
    st.one_of(st.characters(codec=None), st.sampled_from("\r\n\t\x00\x1b\x85\u202e\u2066\u200b\u2028<>&'\"#\\f"))
)


def stripped(markup: str) -> str:
    return html.unescape(re.sub(r"</?span[^>]*>", "", markup))


@given(hostile)
def test_visible_text_holds_no_unseen_character(text):
    for char in visible(text):
        assert char in "\n\t" or (unicodedata.category(char)[0] != "C" and char not in "\u2028\u2029")


@given(hostile)
def test_marked_text_reads_like_visible_text(text):
    assert stripped(marked(text)) == visible(text)


@given(hostile)
def test_marked_text_opens_no_tag_but_its_own(text):
    assert set(re.findall(r"<[^>]*>?", marked(text))) <= {'<span class="unseen">', "</span>"}


@pytest.mark.parametrize(
    ("char", "shown"),
    [("\u202e", r"\u202e"), ("\x00", r"\x00"), ("\r", r"\x0d"), ("\u3164", r"\u3164"), ("\U000e0041", r"\U000e0041"),
     ("\ud800", r"\ud800"), ("\ufe0f", r"\ufe0f")],
)  # fmt: skip
def test_an_unseen_character_is_shown_as_its_escape(char, shown):
    assert visible(f"a{char}b") == f"a{shown}b"
    assert marked(f"a{char}b") == f'a<span class="unseen">{shown}</span>b'


@pytest.mark.parametrize("text", ["naïve", "漢字", "Ω ≤ 3", "🙂", "שלום", "tab\tand\nnewline"])
def test_text_that_can_be_seen_stays(text):
    assert visible(text) == text


def test_a_typed_escape_is_not_marked():
    assert marked(r"\u202e") == r"\u202e"


@given(st.one_of(hostile, st.text(st.sampled_from("abf01 .#'\"\\\n(){}[]:=\r")), st.just(SOURCE)))
def test_colour_never_changes_a_source(source):
    lines = source_lines(source)
    assert "\n".join(map(stripped, lines)) == visible(source).removesuffix("\n")


def test_keywords_strings_numbers_and_comments_are_coloured():
    joined = "\n".join(source_lines(SOURCE))
    assert '<span class="tok-k">def</span> generate_hard_anomalies' in joined
    assert '<span class="tok-n">0.95</span>' in joined
    assert '<span class="tok-c"># a second normal, not always a near one</span>' in joined
    assert '<span class="tok-s">&#34;&#34;&#34;Move' in joined


def test_a_string_over_several_lines_is_coloured_on_each():
    assert source_lines("x = '''a\nb\nc'''\n") == [
        'x = <span class="tok-s">&#39;&#39;&#39;a</span>',
        '<span class="tok-s">b</span>',
        '<span class="tok-s">c&#39;&#39;&#39;</span>',
    ]


def test_a_slice_that_overlaps_an_earlier_one_or_lies_behind_the_line_gets_no_colour():
    spans = [(0, 2, "tok-s"), (1, 3, "tok-k"), (5, 9, "tok-n")]
    assert _coloured("abc", spans) == '<span class="tok-s">ab</span>c'


def test_a_bare_carriage_return_does_not_hide_code():
    assert "\\x0d" in source_lines("# harmless\rimport os\n")[0]


def test_a_huge_source_is_left_plain():
    assert "tok-" not in "".join(source_lines("if 1: pass\n" * (MAX_COLOURED // 10)))


@pytest.mark.parametrize(
    ("value", "signed", "shown"),
    [(0.9412, False, "0.941"), (-0.02, True, "\u22120.020"), (0.02, True, "+0.020"), (-0.00001, True, "0.000"),
     (float("nan"), False, "not defined"), (float("inf"), True, "not defined")],
)  # fmt: skip
def test_numbers_read_well(value, signed, shown):
    assert number(value, signed=signed) == shown
