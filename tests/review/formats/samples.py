"""Small reviews to render, and a strategy for hostile ones."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from llmdas.gate.catalogue import catalogue
from llmdas.program import Finding
from llmdas.review.outcome import Placed, Review

OPEN = Finding(7, 9, "DAS203", "the builtin `open` is not permitted", '    X = open("a")', "Use the arguments.")
PRINT = Finding(8, 5, "DAS406", "what is printed is thrown away", "    print(X)", "Delete the call.", "warning")
WHOLE = Finding(0, 0, "DAS101", "`f` is not defined", "", "Define it.")
FAILED = Finding(0, 0, "DAS902", "the checker was stopped", "", "Write a shorter program.")


def placed(finding: Finding, mark: str, path: str = "a.py", **fields) -> Placed:
    return Placed(path, "0" * 64, finding, mark * 32, **fields)


def a_review(*found: Placed, files=("a.py", "b.py"), unread=()) -> Review:
    return Review(tuple(files), tuple(found), tuple(unread), "numpy", "das/1", "b" * 64)


EMPTY = a_review()
MIXED = a_review(
    placed(PRINT, "1"),
    placed(OPEN, "2"),
    placed(WHOLE, "3", "b.py"),
    placed(OPEN, "4", "c.py", state="baseline"),
    placed(OPEN, "5", "d.py", state="waived", justification="read by hand (Ada, until 2099-01-31)"),
    placed(FAILED, "6", "e.py"),
    files=("a.py", "b.py", "c.py", "d.py", "e.py"),
    unread=[("e.py", "the checker was stopped"), ("f.py", "cannot be read: Permission denied")],
)

QUICK = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
RULES = tuple(sorted(catalogue()))

# Words that terminals, runners, YAML, JSON, URIs and SARIF viewers give a meaning.
_NASTY = st.sampled_from(
    ("\x1b[2J", "\x1b]8;;http://x\x07", "\r", "\n", "::error::x", "##[error]x", "%0A", "%", ":", ",", "](0)", "{0}",
     "\u202e", "\u2028", "\x85", "\x9b31m", "\x00", "\\", "\\u200b", "\t", "a.py:1:1: DAS203 x", "日本", "e\u0301",
     "\ud800", " ", "//", "?#")
)  # fmt: skip
words = st.lists(_NASTY | st.text(max_size=3), max_size=4).map("".join)
paths = (
    st.lists(
        _NASTY.filter(lambda part: part != "\ud800") | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
    )
    .map("".join)
    .map(lambda text: text.replace("\x00", "").lstrip("/") or "a.py")
)
places = st.one_of(st.just((0, 0)), st.tuples(st.integers(1, 9), st.integers(0, 300)))


@st.composite
def findings(draw) -> Finding:
    line, column = draw(places)
    rule = draw(st.sampled_from(RULES))
    severity = draw(st.sampled_from(["error", "warning"]))
    return Finding(line, column, rule, draw(words), draw(words), draw(words), severity)


@st.composite
def reviews(draw) -> Review:
    names = sorted(draw(st.lists(paths, min_size=1, max_size=4, unique=True)))
    found = draw(
        st.lists(
            st.tuples(st.sampled_from(names), findings(), st.sampled_from(["new", "baseline", "waived"])), max_size=5
        )
    )
    marks = (f"{number:032x}" for number in range(len(found)))
    listed = tuple(
        Placed(path, "0" * 64, finding, mark, state, draw(words) if state == "waived" else "")
        for (path, finding, state), mark in zip(found, marks, strict=True)
    )
    unread = tuple(draw(st.lists(st.tuples(st.sampled_from(names), words), max_size=2)))
    return Review(tuple(names), listed, unread, "numpy", "das/1", "b" * 64)
