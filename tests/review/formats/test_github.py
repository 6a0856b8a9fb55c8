"""Workflow commands for GitHub Actions: one a line, escaped as the runner reads them."""

from __future__ import annotations

import re

from hypothesis import given

from llmdas.review.formats.github import github

from .samples import EMPTY, MIXED, OPEN, QUICK, a_review, placed, reviews

COMMAND = re.compile(r"::(error|warning) ([^:]*)::(.*)")


def unescaped(value: str) -> str:
    """Read an escaped value as the runner does (actions/runner, ActionCommand)."""
    for escape, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        value = value.replace(escape, character)
    return value


def read(line: str) -> tuple[str, dict[str, str], str]:
    found = COMMAND.fullmatch(line)
    assert found, line
    properties = dict(part.split("=", 1) for part in found[2].split(","))
    return found[1], {key: unescaped(value) for key, value in properties.items()}, unescaped(found[3])


def test_an_empty_review_says_nothing() -> None:
    assert github(EMPTY) == ""


def test_a_mixed_review_in_full() -> None:
    assert github(MIXED) == (
        "::warning file=a.py,line=8,col=5,title=DAS406 print::what is printed is thrown away%0ADelete the call.\n"
        "::error file=a.py,line=7,col=9,title=DAS203 builtin not permitted"
        "::the builtin `open` is not permitted%0AUse the arguments.\n"
        "::error file=b.py,title=DAS101 function missing::`f` is not defined%0ADefine it.\n"
        "::error file=e.py,title=DAS902 the checker took too long::the checker was stopped%0AWrite a shorter program.\n"
        "::error file=f.py,title=not judged::could not be judged: cannot be read: Permission denied\n"
    )


def test_escapes_of_properties_and_of_the_message() -> None:
    finding = OPEN.__class__(1, 2, "DAS010", "100 % wrong: 'a', b", "", "x\r\ny")
    (line,) = github(a_review(placed(finding, "1", "50%:a,b\n.py"))).splitlines()
    assert line == (
        "::error file=50%25%3Aa%2Cb%0A.py,line=1,col=2,title=DAS010 does not parse::100 %25 wrong: 'a', b%0Ax\\r\\ny"
    )


@QUICK
@given(reviews())
def test_any_review_is_one_command_a_line(review) -> None:
    printed = github(review)
    assert all(character.isprintable() or character == "\n" for character in printed)
    lines = printed.split("\n")[:-1]
    new = [one for one in review.placed if one.state == "new"]
    assert len(new) <= len(lines) <= len(new) + len(review.unread)
    for line, one in zip(lines, new, strict=False):
        kind, properties, message = read(line)
        assert kind == one.finding.severity
        assert properties["title"].startswith(one.finding.rule)
        assert properties.get("line") == (str(one.finding.line) if one.finding.line else None)
        assert message.count("\n") <= 1
        if one.path.isprintable():
            assert properties["file"] == one.path
