"""The properties can fail: hangs and memory are noticed, and so is every way in which a finding may be malformed."""

from __future__ import annotations

import resource
import signal
from dataclasses import replace

import pytest

from llmdas.gate.terms import Terms
from llmdas.program import Finding

from .properties import Hang, bounded, sound, steady, well_formed

SOURCE = "x = 1\né = 2\n".encode()
GOOD = Finding(2, 1, "DAS006", "a message", "é = 2", "a remedy")


def _spin() -> None:
    while True:
        pass


def test_a_hang_is_noticed_and_the_timer_is_taken_back() -> None:
    with pytest.raises(Hang), bounded(cpu_s=0.2):
        _spin()
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


def test_too_much_memory_is_noticed_and_the_limit_is_taken_back() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    with pytest.raises(MemoryError), bounded(memory_bytes=64 << 20):
        bytearray(128 << 20)
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_a_finding_as_it_should_be(terms: Terms) -> None:
    well_formed(SOURCE, (GOOD,), terms)
    well_formed(SOURCE, (replace(GOOD, line=0, column=0, excerpt=""),), terms)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"rule": "DAS000"}, "unknown"),
        ({"severity": "fatal"}, "severity"),
        ({"line": 4}, "outside the source"),
        ({"line": 1}, "another line"),
        ({"column": 7}, "outside its line"),
        ({"column": 0}, "outside its line"),
        ({"line": 0}, "has a place"),
        ({"line": 0, "column": 0}, "has a place"),
        ({"excerpt": "x" * 121}, "long excerpt"),
        ({"message": ""}, "says nothing"),
        ({"remedy": ""}, "no remedy"),
        ({"message": "x" * 401}, "a text of 401"),
        ({"message": "\x1b[31m"}, "U\\+001B"),
        ({"excerpt": "\u202e"}, "U\\+202E"),
        ({"remedy": "\ud800"}, "U\\+D800"),
        ({"message": "a\nb"}, "U\\+000A"),
    ],
)
def test_a_malformed_finding_is_noticed(change: dict[str, object], complaint: str, terms: Terms) -> None:
    with pytest.raises(AssertionError, match=complaint):
        well_formed(SOURCE, (replace(GOOD, **change),), terms)  # type: ignore[arg-type] # wrong on purpose


def test_findings_out_of_order_or_twice_are_noticed(terms: Terms) -> None:
    with pytest.raises(AssertionError, match="not sorted"):
        well_formed(SOURCE, (GOOD, replace(GOOD, column=0)), terms)
    with pytest.raises(AssertionError, match="twice"):
        well_formed(SOURCE, (GOOD, replace(GOOD, message="b message")), terms)


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"\x00",
        b"\xff",
        b"x\ry",
        b"\xef\xbb\xbfx = 1\n",
        b"# coding: latin-1\n",
        b"def f(:\n",
        b"print(1)\n\nx = y\n",
    ],
)
def test_odd_sources_are_judged_soundly_and_steadily(source: bytes, terms: Terms) -> None:
    assert steady(source, terms) == sound(source, terms)
