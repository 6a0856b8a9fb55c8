"""``llmdas check`` as its users call it: exit codes, streams, odd names, full disks, and nothing heavy on the way."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from llmdas.cli.check import CHOICES
from llmdas.cli.main import main
from llmdas.digest import sha256
from llmdas.review.formats import FORMATS
from tests.review.conftest import BAD, GOOD, LOOSE, WARNED

COMMAND = [sys.executable, "-m", "llmdas", "check"]


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    """A repository of the test's own as current folder."""
    (tmp_path / "project" / ".git").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "project")


def made(**sources: str) -> None:
    for name, source in sources.items():
        Path(f"{name}.py").write_text(source)


def run(*arguments: str | bytes, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], **{"capture_output": True, "text": True, **options})


def code_of(*arguments: str) -> int:
    """The exit code of a call within this process, which is quicker than a new one."""
    try:
        return main(["check", *arguments])
    except SystemExit as stop:
        return int(stop.code or 0)


def states(text: str) -> list[tuple[str, str]]:
    """Path and state of every finding in a JSON result."""
    return [(one["path"], one["state"]) for one in json.loads(text)["findings"]]


def test_the_choices_are_the_formats():
    assert set(CHOICES) == set(FORMATS)


def test_clean_is_0_findings_are_1_and_a_warning_refuses_nothing():
    made(good=GOOD, bad=BAD, warned=WARNED)
    good = run("good.py")
    assert (good.returncode, good.stderr) == (0, "")
    bad = run("bad.py", "good.py")
    assert (bad.returncode, bad.stderr) == (1, "")
    assert "bad.py" in bad.stdout
    assert "DAS203" in bad.stdout
    warned = run(".", "--exit-zero")
    assert warned.returncode == 0
    assert "DAS406" in warned.stdout
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
@pytest.mark.parametrize("more", [[], ["--exit-zero"]])
def test_a_usage_error_is_2_and_one_sentence(arguments, said, more, capsys):
    made(good=GOOD)
    Path("sub").mkdir()
    assert code_of(*arguments, *more) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert said in shown.err
    assert shown.err.startswith("llmdas: ")
    assert shown.err.count("\n") == 1
    assert Path("good.py").read_text() == GOOD
    assert Path("/dev/null").is_char_device()


def test_a_pipe_that_is_named_is_2_and_is_not_opened():
    os.mkfifo("pipe.py")
    done = run("pipe.py", timeout=60)
    assert done.returncode == 2
    assert "it was not opened" in done.stderr


def test_what_could_not_be_judged_is_3_whatever_else_is_found_or_asked():
    made(bad=BAD)
    os.mkfifo("pipe.py")
    done = run(".", "--exit-zero", "--quiet", "--write-baseline", "known.json", timeout=60)
    assert done.returncode == 3
    assert "DAS203" in done.stdout
    assert "'pipe.py' could not be judged: is a pipe" in done.stderr
    assert "No baseline was written" in done.stderr
    assert not Path("known.json").exists()


def test_standard_input_has_the_name_that_it_is_given(capsys):
    made(bad=BAD)
    done = run("-", "--stdin-filename", "sub/given.py", "--format", "json", input=BAD)
    assert done.returncode == 1
    assert states(done.stdout) == [("sub/given.py", "new")]
    assert run("-", input=GOOD).returncode == 0
    assert run("-", stdin=subprocess.DEVNULL).returncode == 1  # an empty program defines no function


def test_standard_input_that_is_closed_is_3():
    done = subprocess.run(["sh", "-c", 'exec "$@" <&-', "sh", *COMMAND, "-"], capture_output=True, text=True)
    assert done.returncode == 3
    assert "'<stdin>' could not be judged: cannot be read: standard input is closed" in done.stderr


def test_an_empty_folder_is_0_and_said_unless_quiet(capsys):
    Path("empty").mkdir()
    assert code_of("empty") == 0
    assert capsys.readouterr().err == "llmdas: No Python file was found in 'empty'.\n"
    assert code_of("empty", "--quiet", "--format", "json") == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert json.loads(shown.out)["findings"] == []


ODD = [b"-x.py", b"a b.py", b"line\nfeed.py", b"\xff.py", b"\x1b[31mred.py", "\u202egnitirw.py".encode()]


def test_odd_names_are_judged_and_cannot_forge_output(capsysbinary):
    for name in ODD:
        Path(os.fsdecode(name)).write_text(BAD)
    done = run("--", *ODD, text=False)
    assert done.returncode == 1
    text = done.stdout.decode("utf-8")  # fails on the bytes of a name
    assert text.count("DAS203") >= len(ODD)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert not any(line.startswith("feed.py") for line in text.splitlines())
    for form in CHOICES:
        assert code_of(".", "--format", form) == 1
        printed = capsysbinary.readouterr().out
        assert printed.decode("utf-8")
        assert b"\x1b" not in printed
        if form == "github":
            assert printed.count(b"\n") == len(ODD)


def test_names_are_escaped_in_error_sentences():
    done = run("gone\x1b[31m.py\nllmdas: all is well", b"\xff", text=False)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert b"\x1b" not in done.stderr


def test_output_without_unicode_is_escaped_not_lost():
    Path("\u00e9.py").write_text(BAD.replace("'1'", "'\u00e9'"))
    done = run(".", env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert done.returncode == 1
    assert "\\xe9.py" in done.stdout
    assert "Traceback" not in done.stderr


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


def test_a_result_that_cannot_be_written_is_3_and_the_old_one_stays():
    made(good=GOOD)
    done = run("good.py", "--output-file", "/proc/result.json", "--exit-zero")
    assert done.returncode == 3
    assert done.stderr.startswith("llmdas: The system refused: ")
    with Path("/dev/full").open("w") as full:
        assert run("good.py", stdout=full, capture_output=False, stderr=subprocess.PIPE).returncode == 3


def test_a_full_disk_leaves_the_old_result_and_nothing_half_written(tmp_path):
    """The folder is a real, tiny file system in a mount namespace of the test's own."""
    if os.geteuid() != 0:
        pytest.skip("FULL DISK OF A RESULT NOT TESTED: mounting the tiny file system needs root")
    made(good=GOOD)
    Path("small").mkdir()
    fill = "mount -t tmpfs -o size=16k tmpfs small && echo old > small/out && head -c 100k /dev/zero > small/fill"
    shell = f'({fill}) 2>/dev/null; "$@"; code=$?; cat small/out; ls -A small; exit $code'
    words = ["unshare", "-m", "sh", "-c", shell, "sh", *COMMAND, "good.py", "--format", "json"]
    done = subprocess.run([*words, "--output-file", "small/out"], capture_output=True, text=True)
    if "unshare" in done.stderr:
        pytest.skip("FULL DISK OF A RESULT NOT TESTED: this machine permits no mount namespace")
    assert done.returncode == 3
    assert "No space left on device" in done.stderr
    assert done.stdout.split() == ["old", "fill", "out"]


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


def test_colour_is_for_terminals_alone():
    made(bad=BAD)
    assert "\x1b[" not in run("bad.py").stdout
    assert "\x1b[" in on_a_terminal("bad.py")
    assert "\x1b[" not in on_a_terminal("bad.py", NO_COLOR="1")
    assert "\x1b[" not in on_a_terminal("bad.py", TERM="dumb")
    assert "\x1b[" not in on_a_terminal("bad.py", "--color", "never")
    assert "\x1b[" in run("bad.py", "--color", "always").stdout


def on_a_terminal(*arguments: str, **environment: str) -> str:
    """What a call prints whose stdout is a pseudo-terminal."""
    ours, theirs = os.openpty()
    clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=theirs, stdin=subprocess.DEVNULL, env={**clean, "TERM": "xterm", **environment}
    ) as process:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 1 << 16):
                shown += part
        except OSError:
            pass  # how Linux says that the other end is closed
        process.wait()
    os.close(ours)
    return shown.decode()


def test_a_reader_that_goes_away_is_no_traceback():
    made(bad=BAD)
    shell = '"$@" 2>err | true; echo ${PIPESTATUS[0]}; cat err'  # the reader is gone long before there is a result
    done = subprocess.run(["bash", "-c", shell, "sh", *COMMAND, "."], capture_output=True, text=True)
    assert done.stdout == "3\n"


def test_an_interrupt_is_130_and_leaves_nothing_behind():
    """The result is asked into a file; the interrupt comes while programs are judged."""
    for number in range(200):
        Path(f"bad{number}.py").write_text(f"# {number}\n{BAD}")
    process = subprocess.Popen(
        [*COMMAND, ".", "--output-file", "out.json", "--format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # so that what it starts can be told from everything else
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads here
    )
    deadline = time.monotonic() + 30
    while len(_session(process.pid)) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert (out, err) == ("", "llmdas: interrupted.\n")
    assert not Path("out.json").exists()
    deadline = time.monotonic() + 10
    while _session(process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _session(process.pid) == []


def _session(leader: int) -> list[int]:
    """Living processes of a session."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state, _, _, session, *_ = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(session) == leader and state != "Z":
            found.append(int(entry.name))
    return found


def test_a_check_imports_nothing_heavy_and_no_other_command():
    made(bad=BAD, good=GOOD)
    known = {
        "numpy",
        "pyod",
        "sklearn",
        "scipy",
        "torch",
        "matplotlib",
        "openai",
        "httpx2",
        "pyarrow",
        "docker",
        "jinja2",
    }
    ours = {"llmdas.pipeline", "llmdas.data", "llmdas.enhance", "llmdas.llm", "llmdas.cli.synthesize", "llmdas.report"}
    code = (
        "import sys; from llmdas.cli.main import main\n"
        "code = main(['check', '.', '--output-file', 'out.json', '--write-baseline', 'known.json'])\n"
        f"print(code, sorted({known | ours!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"


def test_help_lists_every_command_without_a_heavy_library():
    code = "import sys; from llmdas.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += "print(sorted(m for m in ('numpy', 'pyod', 'sklearn', 'openai') if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    for command in ("synthesize", "check", "rules", "explain", "policy"):
        assert re.search(rf"^    {command}\b", done.stdout, re.MULTILINE)


def test_an_unknown_command_gets_the_list(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["chekc"])
    assert stop.value.code == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "check" in said
