"""A run that is killed, interrupted or out of space: nothing half-written is taken for whole, the next run is clean."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from llmdas.errors import RecordError
from llmdas.governance.run_folder import read_manifest

COMMAND = [sys.executable, "-m", "llmdas", "synthesize", "--llm", "replay"]


def started(runs: Path) -> subprocess.Popen[str]:
    """A run of the command, returned once it is in the middle of its first dialogue."""
    process = subprocess.Popen(
        [*COMMAND, "--runs", str(runs)],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # A shell's background job ignores Ctrl-C, and so would everything that these tests start.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads here
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "now tried on toy tables" in line:
            break
    return process


def guests_of(pid: int) -> list[str]:
    """Command lines of living processes that descend from a process, or did."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == pid:
                found.append((entry / "cmdline").read_text())
        except (OSError, ValueError):
            continue
    return found


def test_a_run_that_ends_in_the_middle_is_never_taken_for_whole(box, tmp_path):
    old: set[Path] = set()
    for how in (signal.SIGKILL, signal.SIGINT):
        process = started(tmp_path)
        process.send_signal(how)
        _, said = process.communicate(timeout=30)
        if how == signal.SIGINT:
            assert process.returncode == 130
            assert "interrupted" in said
            assert "Traceback" not in said
        (broken,) = set(tmp_path.iterdir()) - old
        old.add(broken)
        with pytest.raises(RecordError, match="was interrupted"):
            read_manifest(broken)
        assert not list(broken.rglob("*.part"))
        deadline = time.monotonic() + 10
        while guests_of(process.pid) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert guests_of(process.pid) == []
    again = subprocess.run([*COMMAND, "--runs", str(tmp_path), "--programs", "1"], capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    (whole,) = set(tmp_path.iterdir()) - old
    assert read_manifest(whole)["format"] == 1


def test_a_full_disk_in_the_middle_is_one_sentence(box, tmp_path):
    """The folder of runs is a real, tiny file system in a mount namespace of the test's own."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("FULL DISK IN A RUN NOT TESTED: mounting the tiny file system needs root")
    show = 'find "$RUNS" -type f | sed "s/.*[.]//"'
    shell = f'mount -t tmpfs -o size=100k tmpfs "$1" && shift && "$@"; code=$?; {show}; exit $code'
    words = ["unshare", "-m", "sh", "-c", shell, "sh", str(tmp_path), *COMMAND, "--quiet", "--runs", str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, env={**os.environ, "RUNS": str(tmp_path)})
    assert done.returncode == 2
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("llmdas: ")
    assert "No space left on device" in last
    assert "part" not in done.stdout.split()


def test_an_interrupt_inside_generated_code_exits_with_130_too(tmp_path):
    """An interrupt that lands in text under exec, such as a dataclass's methods, would let ``python -m`` die of it."""
    (tmp_path / "interrupted.py").write_text(
        "import sys\n"
        "from llmdas.cli import main, rules\n"
        "def run(options):\n"
        "    exec('raise KeyboardInterrupt')\n"
        "rules._run = run\n"
        "sys.exit(main.main(['rules']))\n"
    )
    done = subprocess.run([sys.executable, "-m", "interrupted"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "llmdas: interrupted.\n")


def test_an_interrupt_while_the_command_line_loads_exits_with_130_too(tmp_path):
    """An import runs text under exec as well; here the first library that the command line needs is interrupted."""
    (tmp_path / "argparse.py").write_text("raise KeyboardInterrupt\n")
    done = subprocess.run([sys.executable, "-m", "llmdas", "rules"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "llmdas: interrupted.\n")
