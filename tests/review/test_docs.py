"""The page on `llmdas check` shows what the command really prints."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from llmdas.cli.main import main
from llmdas.review.settings import CheckSettings, settings_near

from .conftest import GOOD

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "check.md").read_text(encoding="utf-8")
PAGE = PAGE.replace("2027-06-30", "9999-06-30")  # the page's day will come
BLOCKS = dict(enumerate(re.findall(r"^```\n(\$ .*?)^```", PAGE, re.MULTILINE | re.DOTALL)))


def block(language: str) -> str:
    """The one block of that language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


@pytest.fixture(autouse=True)
def _as_on_the_page(here):
    Path(".git").mkdir()
    Path("programs").mkdir()
    Path("programs/tail.py").write_text(block("python"))
    Path("programs/shift.py").write_text(GOOD)
    Path("waivers.yaml").write_text(block("yaml"))


@pytest.mark.parametrize("number", BLOCKS)
def test_the_page_shows_what_is_printed(number, capsys):
    code = 0
    for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", BLOCKS[number], re.MULTILINE):
        if command == "echo $?":
            print(code)
        elif command.startswith("mkfifo "):
            os.mkfifo(command.removeprefix("mkfifo "))
        else:
            assert command.startswith("llmdas check ")
            code = main(shlex.split(command)[1:])
        printed = capsys.readouterr()
        assert printed.out + printed.err == shown, command


def test_the_page_has_samples():
    assert len(BLOCKS) == 6


def test_the_settings_on_the_page_load(here):
    Path("pyproject.toml").write_text(block("toml"))
    settings = settings_near(here)
    assert settings == CheckSettings(
        profile="numpy", contract="das/1", baseline=here / "known.json", waivers=here / "waivers.yaml"
    )
