"""The compiler's errors as findings: nothing is lost when no other check saw the cause, nothing is said twice."""

from __future__ import annotations

import pytest

from llmdas.gate.report import Report
from llmdas.gate.restricted import check_restricted

from .conftest import rules


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("__x = 1", "DAS301"),
        ("x = y.__class__", "DAS302"),
        ("x = y.gi_frame", "DAS302"),
        ("y.a += 1", "DAS302"),
        ("class C(metaclass=M): pass", "DAS303"),
        ("async def f(): pass", "DAS303"),
        ("eval('1')", "DAS304"),
        ("from numpy import *", "DAS305"),
        ("return 1", "DAS310"),
        ("x = (", "DAS310"),
        ("x = '\0'", "DAS309"),
    ],
)
def test_every_error_of_the_compiler_becomes_a_finding(source: str, rule: str) -> None:
    report = Report(source)
    check_restricted(source.encode(), report)
    assert rules(report.findings()) == {rule}


def test_a_cause_that_is_known_is_not_repeated() -> None:
    report = Report("x = y.__class__")
    report.add("DAS208", "the attribute `__class__` is not permitted", line=1, column=7)
    check_restricted(b"x = y.__class__", report)
    assert rules(report.findings()) == {"DAS208"}


def test_another_cause_on_the_same_line_is_still_reported() -> None:
    report = Report("x = y.__class__")
    report.add("DAS204", "the name `y` is not defined here", line=1, column=5)
    check_restricted(b"x = y.__class__", report)
    assert rules(report.findings()) == {"DAS204", "DAS302"}
