"""``llmdas check`` as its users call it: exit codes, results in files, baselines, waivers, settings, policy files."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import yaml

from llmdas.cli.check import CHOICES
from llmdas.cli.main import main
from llmdas.digest import sha256
from llmdas.review.formats import FORMATS
from tests.review.conftest import BAD, GOOD, LOOSE, WARNED

from .calls import code_of, made, states

pytestmark = pytest.mark.usefixtures("project")


def test_the_choices_are_the_formats():
    assert set(CHOICES) == set(FORMATS)


def test_clean_is_0_findings_are_1_and_a_warning_refuses_nothing(capsys):
    made(good=GOOD, bad=BAD, warned=WARNED)
    assert code_of("good.py") == 0
    assert capsys.readouterr().err == ""
    assert code_of("bad.py", "good.py") == 1
    bad = capsys.readouterr()
    assert bad.err == ""
    assert "bad.py" in bad.out
    assert "DAS203" in bad.out
    assert code_of(".", "--exit-zero") == 0
    assert "DAS406" in capsys.readouterr().out
    assert code_of("warned.py") == 0


@pytest.mark.parametrize("form", CHOICES)
def test_every_format_prints_its_findings_and_nothing_else(form, capsys):
    made(bad=BAD)
    assert code_of("bad.py", "--format", form) == 1
    shown = capsys.readouterr()
    assert shown.err == ""
    assert "DAS203" in shown.out
    if form in ("json", "sarif", "gitlab"):
        json.loads(shown.out)
    assert code_of("bad.py", "--format", form, "--exit-zero") == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "required: PATH"),
        (["nothing.py"], "'nothing.py' leads to no file"),
        (["good.py", "--nonsense"], "unrecognized arguments: --nonsense"),
        (["good.py", "--format", "xml"], "invalid choice: 'xml'"),
        (["good.py", "--jobs", "0"], "'0' is not a number of processes"),
        (["good.py", "--jobs", "many"], "'many' is not a number of processes"),
        (["good.py", "--profile", "nonsense"], "nonsense"),
        (["good.py", "--profile", "nonsense.yaml"], "policy nonsense.yaml cannot be read"),
        (["good.py", "--output-file", "none/result.json"], "folder that does not exist"),
        (["good.py", "--write-baseline", "none/known.json"], "folder that does not exist"),
        (["good.py", "--contract", "das/nonsense"], "nonsense"),
        (["good.py", "--ignore", "DAS203"], "does not let anybody ignore DAS203"),
        (["good.py", "--select", "DAS4"], "no rule 'DAS4'"),
        (["good.py", "--baseline", "nothing.json"], "baseline 'nothing.json' cannot be read"),
        (["good.py", "--baseline", "good.py"], "baseline 'good.py' does not load"),
        (["good.py", "--waivers", "nothing.yaml"], "waiver file 'nothing.yaml' cannot be read"),
        (["good.py", "--waivers", "good.py"], "waiver file 'good.py' is not"),
        (["good.py", "--baseline", "a", "--write-baseline", "b"], "not allowed with argument"),
        (["good.py", "--output-file", "."], "not a file"),
        (["good.py", "--output-file", "/dev/null"], "not a file"),
        (["good.py", "--write-baseline", "/dev/null"], "not a file"),
        (["good.py", "--output-file", "sub/../good.py"], "was judged and is not overwritten"),
        (["good.py", "--write-baseline", "good.py"], "is no baseline that this llmdas reads and is not overwritten"),
        (["good.py", "--stdin-filename", "a.py"], "standard input is not read"),
    ],
)
def test_a_usage_error_is_2_and_one_sentence(arguments, said, capsys):
    made(good=GOOD)
    Path("sub").mkdir()
    assert code_of(*arguments, "--exit-zero") == 2, "which --exit-zero does not touch"
    shown = capsys.readouterr()
    assert shown.out == ""
    assert said in shown.err
    assert shown.err.startswith("llmdas: ")
    assert shown.err.count("\n") == 1
    assert Path("good.py").read_text() == GOOD
    assert Path("/dev/null").is_char_device()


@pytest.mark.timeout(60)
def test_a_pipe_that_is_named_is_2_and_is_not_opened(capsys):
    os.mkfifo("pipe.py")
    assert code_of("pipe.py") == 2
    assert "it was not opened" in capsys.readouterr().err


@pytest.mark.timeout(60)
def test_what_could_not_be_judged_is_3_whatever_else_is_found_or_asked(capsys):
    made(bad=BAD)
    os.mkfifo("pipe.py")
    assert code_of(".", "--exit-zero", "--quiet", "--write-baseline", "known.json") == 3
    shown = capsys.readouterr()
    assert "DAS203" in shown.out
    assert "'pipe.py' could not be judged: is a pipe" in shown.err
    assert "No baseline was written" in shown.err
    assert not Path("known.json").exists()


def test_an_empty_folder_is_0_and_said_unless_quiet(capsys):
    Path("empty").mkdir()
    assert code_of("empty") == 0
    assert capsys.readouterr().err == "llmdas: No Python file was found in 'empty'.\n"
    assert code_of("empty", "--quiet", "--format", "json") == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert json.loads(shown.out)["findings"] == []


def test_the_result_goes_into_a_file_and_a_summary_to_stdout(capsys):
    made(bad=BAD, good=GOOD, warned=WARNED)
    Path("out").mkdir()
    assert code_of(".", "--format", "json", "--output-file", "out/result.json") == 1
    shown = capsys.readouterr()
    assert shown.out.count("\n") == 1
    assert "out/result.json" in shown.out
    assert states(Path("out/result.json").read_text()) == [("bad.py", "new"), ("warned.py", "new")]
    assert code_of(".", "--format", "json", "--output-file", "out/result.json", "--quiet") == 1
    assert capsys.readouterr().out == ""
    assert [path.name for path in Path("out").iterdir()] == ["result.json"]


def test_a_link_to_the_result_stays_a_link():
    made(good=GOOD)
    Path("real.json").write_text("old")
    Path("link.json").symlink_to("real.json")
    assert code_of("good.py", "--format", "json", "--output-file", "link.json") == 0
    assert Path("link.json").is_symlink()
    assert states(Path("real.json").read_text()) == []


def test_a_baseline_makes_known_findings_harmless_and_is_kept_whole(capsys):
    made(bad=LOOSE)
    assert code_of("bad.py", "--write-baseline", "known.json", "--quiet") == 0
    made(bad="# moved\n" + LOOSE, new=LOOSE)
    assert code_of("bad.py", "--baseline", "known.json") == 0
    capsys.readouterr()
    assert code_of(".", "--baseline", "known.json", "--format", "json") == 1
    assert states(capsys.readouterr().out) == [("bad.py", "baseline"), ("new.py", "new")]


def waive(**change: str) -> None:
    entry = {"rule": "DAS203", "program": sha256(BAD.encode()), "reason": "shown in a lecture, never run"}
    Path("waivers.yaml").write_text(yaml.safe_dump([{**entry, "owner": "r.viewer", "expires": "9999-12-31", **change}]))


def test_a_waiver_holds_until_its_day(capsys):
    made(bad=BAD)
    waive()
    assert code_of("bad.py", "--waivers", "waivers.yaml") == 0
    waive(expires="2020-01-01")
    capsys.readouterr()
    assert code_of("bad.py", "--waivers", "waivers.yaml", "--format", "json") == 1
    assert states(capsys.readouterr().out) == [("bad.py", "new"), ("waivers.yaml", "new")]


def test_a_repository_sets_what_its_calls_have_in_common(capsys):
    made(bad=BAD)
    waive()
    Path("pyproject.toml").write_text("[tool.llmdas.check]\nwaivers = 'waivers.yaml'\nbaseline = 'known.json'\n")
    assert code_of("bad.py") == 2, "the baseline is missing"
    assert "Write it with --write-baseline known.json, or delete the key" in capsys.readouterr().err
    assert code_of("bad.py", "--write-baseline", "known.json") == 0
    assert code_of("bad.py") == 0
    Path("empty.yaml").write_text("")
    assert code_of("bad.py", "--waivers", "empty.yaml") == 1, "the command line wins"
    Path("pyproject.toml").write_text("[tool.llmdas.check]\nignore = ['DAS203']\n")
    capsys.readouterr()
    assert code_of("bad.py") == 2
    assert "the unknown key 'ignore'" in capsys.readouterr().err


@pytest.mark.parametrize("by", ["options", "settings"])
@pytest.mark.parametrize("option", ["--output-file", "--write-baseline"])
@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("waivers.yaml", "waivers"),
        ("pyproject.toml", "settings"),
        ("team.yaml", "policy"),
        ("known.json", "baseline"),
    ],
)
def test_what_steers_a_review_is_not_overwritten_by_it(name, what, option, by, capsys):
    made(bad=BAD)
    waive()
    Path("sub").mkdir()
    Path("team.yaml").write_text(TEAM)
    assert code_of("bad.py", "--write-baseline", "known.json") == 0
    table = "waivers = 'waivers.yaml'\nbaseline = 'known.json'\nprofile = 'team.yaml'\n" if by == "settings" else ""
    Path("pyproject.toml").write_text(f"[tool.llmdas.check]\n{table}")
    options = [] if table else ["--waivers", "waivers.yaml", "--profile", "team.yaml"]
    if option == "--output-file" and not table:
        options += ["--baseline", "known.json"]
    old = Path(name).read_text()
    capsys.readouterr()
    code = code_of("bad.py", *options, option, f"sub/../{name}")
    if (name, option) == ("known.json", "--write-baseline"):
        assert code == 0
        return
    assert code == 2
    assert f"holds the {what} of this review and is not overwritten. Name another file." in capsys.readouterr().err
    assert Path(name).read_text() == old


def test_one_file_cannot_be_result_and_baseline(capsys):
    made(bad=BAD)
    assert code_of("bad.py", "--write-baseline", "known.json", "--output-file", "known.json") == 2
    assert "holds the baseline" in capsys.readouterr().err
    assert not Path("known.json").exists()


TEAM = """profile: our-team
extends: numpy
modules:
  statistics:
    reason: statistics of plain numbers
    permits:
      - reason: pure functions of lists of numbers
        names: [fmean, median]
"""


def test_a_policy_file_judges_as_a_profile_does(capsys):
    made(good=GOOD.replace("import numpy as np\n", "import numpy as np\nimport statistics\n"))
    Path("team.yaml").write_text(TEAM)
    assert code_of("good.py") == 1
    capsys.readouterr()
    assert code_of("good.py", "--profile", "team.yaml", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["profile"] == "our-team"
    assert main(["explain", "DAS406", "--profile", "./team.yaml"]) == main(["rules", "--profile", "team.yaml"]) == 0


def test_an_unknown_command_gets_the_list(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["chekc"])
    assert stop.value.code == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "check" in said
