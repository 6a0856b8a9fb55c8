"""``llmdas check`` as a process: streams, terminals, odd names, full disks, interrupts, nothing heavy on the way."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from llmdas.cli.check import CHOICES
from tests.review.conftest import BAD, GOOD

from .calls import COMMAND, code_of, made, run, states

pytestmark = pytest.mark.usefixtures("project")


def test_standard_input_has_the_name_that_it_is_given(monkeypatch):
    made(bad=BAD)
    done = run("-", "--stdin-filename", "sub/given.py", "--format", "json", input=BAD)
    assert done.returncode == 1
    assert states(done.stdout) == [("sub/given.py", "new")]
    for source, code in ((GOOD, 0), ("", 1)):  # an empty program defines no function
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(source.encode())))
        assert code_of("-") == code


def test_standard_input_that_is_closed_is_3():
    done = subprocess.run(["sh", "-c", 'exec "$@" <&-', "sh", *COMMAND, "-"], capture_output=True, text=True)
    assert done.returncode == 3
    assert "'<stdin>' could not be judged: cannot be read: standard input is closed" in done.stderr


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


def test_colour_is_for_terminals_alone(capsys):
    made(bad=BAD)
    for color, colored in (("auto", False), ("always", True)):
        assert code_of("bad.py", "--color", color) == 1
        assert ("\x1b[" in capsys.readouterr().out) == colored
    assert "\x1b[" in on_a_terminal("bad.py")
    assert "\x1b[" not in on_a_terminal("bad.py", NO_COLOR="1")
    assert "\x1b[" not in on_a_terminal("bad.py", TERM="dumb")
    assert "\x1b[" not in on_a_terminal("bad.py", "--color", "never")


def on_a_terminal(*arguments: str, **environment: str) -> str:
    """What a call prints whose stdout is a pseudo-terminal."""
    ours, theirs = os.openpty()
    with pytest.MonkeyPatch.context() as patch, os.fdopen(theirs, "w") as terminal:
        patch.delenv("NO_COLOR", raising=False)
        for name, value in {"TERM": "xterm", **environment}.items():
            patch.setenv(name, value)
        patch.setattr(sys, "stdout", terminal)
        assert code_of(*arguments) == 1
        terminal.flush()
        shown = os.read(ours, 1 << 16)  # a few lines, which the terminal holds
    os.close(ours)
    return shown.decode()


def test_a_reader_that_goes_away_is_no_traceback():
    made(bad=BAD)
    shell = '"$@" 2>err | true; echo ${PIPESTATUS[0]}; cat err'  # the reader is gone long before there is a result
    done = subprocess.run(["bash", "-c", shell, "sh", *COMMAND, "."], capture_output=True, text=True)
    assert done.stdout == "3\n"


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


def test_an_interrupt_is_130_and_leaves_nothing_behind():
    """The result is asked into a file; the interrupt comes while programs are judged or the last one is waited for."""
    for number in range(200):
        Path(f"bad{number}.py").write_text(f"# {number}\n{BAD}")
    process = subprocess.Popen(
        [*COMMAND, ".", "-", "--stdin-filename", "last.py", "--output-file", "out.json", "--format", "json"],
        stdin=subprocess.PIPE,  # stays open, so that the review cannot end before it is interrupted
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
    code = process.wait(timeout=30)  # before stdin is closed, which would end the review as well
    out, err = process.communicate()
    assert (code, out, err) == (130, "", "llmdas: interrupted.\n")
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
