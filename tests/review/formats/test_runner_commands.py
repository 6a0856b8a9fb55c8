"""What a CI runner would take for a command of its own is printed, but not as one.

GitHub's runner takes a line that begins with ``::``, spaces before it or not, and ``##[`` anywhere in a line; Azure
Pipelines takes ``##vso[``. Both read stdout and stderr of what a job runs.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmdas.cli.main import main
from llmdas.review.formats.common import inert
from llmdas.review.formats.text import text
from tests.review.conftest import HEAD, TAIL

from .samples import OPEN, QUICK, a_review, placed, reviews

OBEYED = re.compile(r"^\s*::|##\w*\[", re.MULTILINE)
# Lines that Python takes: a slice goes on in the next line, text and comments may hold anything.
PROGRAM = (
    HEAD
    + "    x = X_train[\n        ::eval('1')]\n    y = eval('2')  # ##[set-env name=PATH;]/tmp\n"
    + "    z = eval('##vso[task.setvariable variable=PATH]/tmp')\n"
    + TAIL
)


def lines_of(output: str, part: str) -> tuple[str, str]:
    """The first line that holds a text, and the line below it."""
    lines = output.splitlines()
    number = next(number for number, line in enumerate(lines) if part in line)
    return lines[number], lines[number + 1]


@pytest.mark.parametrize("color", ["never", "always"])
def test_lines_of_a_program_are_no_commands_and_the_caret_stays_where_it_belongs(here, capsys, color) -> None:
    Path("bad.py").write_text(PROGRAM)
    assert main(["check", ".", "--color", color]) == 1
    shown = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert shown.count("DAS203") >= 3
    assert not OBEYED.search(shown)
    for part in ("\\x3a:eval('1')", "y = eval('2')  # \\x23#[set-env", "z = eval('\\x23#vso["):
        line, caret = lines_of(shown, part)
        assert caret.index("^") == line.index("eval")


def test_file_names_are_no_commands_on_either_stream(here, capsys) -> None:
    for name in ("::error::x.py", "##[group]x.py"):
        Path(name).write_text(PROGRAM)
    Path("##[warning].py").symlink_to("nowhere")
    Path("##[pipe].py").mkdir()
    (Path("##[pipe].py") / "a.py").symlink_to("/etc/hostname")
    main(["check", "."])
    assert main(["check", "##[gone].py"]) == 2
    with pytest.raises(SystemExit):
        main(["check", "--##[option]", "."])
    shown = capsys.readouterr()
    assert not OBEYED.search(shown.out)
    assert not OBEYED.search(shown.err)
    assert "\\x3a:error::x.py:6:11: DAS203" in shown.out
    assert shown.err.count("\\x23#[") >= 3


def test_waivers_and_what_was_not_judged_are_no_commands() -> None:
    waived = placed(OPEN, "1", "::a.py", state="waived")
    shown = text(a_review(waived, unread=[("::b.py", "##[gone]")]))
    assert "\\x3a:b.py: not judged: \\x23#[gone]" in shown
    assert not OBEYED.search(shown)


@QUICK
@given(reviews(), st.booleans())
def test_no_review_prints_a_command(review, color) -> None:
    assert not OBEYED.search(text(review, color=color))


@QUICK
@given(st.text(st.sampled_from("#:[ \tvso"), max_size=12))
def test_only_what_makes_a_text_a_command_is_escaped(given_text) -> None:
    made = inert(given_text)
    assert not OBEYED.search(made)
    assert made.replace("\\x23", "#").replace("\\x3a", ":") == given_text
    if not OBEYED.search(given_text):
        assert made == given_text


@pytest.mark.parametrize("form", ["json", "gitlab"])
def test_json_holds_no_command_and_means_the_same(here, form, capsys) -> None:
    Path("##[group]x.py").write_text(PROGRAM)
    assert main(["check", ".", "--format", form]) == 1
    printed = capsys.readouterr().out
    assert not OBEYED.search(printed)
    assert "##[group]x.py" in json.dumps(json.loads(printed))
