"""What a stranger starts from: a checkout under an odd name, an environment of its own, the wheel and the sdist."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CLEAN = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "LC_ALL": "C"}


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """The wheel and the sdist, built once by the locked build backend."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("*.whl")), next(out.glob("*.tar.gz"))


def environment_with_our_libraries(folder: Path) -> tuple[Path, Path]:
    """A virtual environment with this one's libraries but not this checkout; returns python and its site-packages."""
    venv.create(folder, with_pip=False)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    theirs = Path(sysconfig.get_path("purelib"))
    for entry in theirs.iterdir():
        if not entry.name.startswith(("llmdas", "_llmdas", "__editable__", "pip")) and entry.suffix != ".pth":
            (site / entry.name).symlink_to(entry)
    return folder / "bin" / "python", site


def test_the_wheel_runs_outside_the_repository_with_what_it_ships(box, packages, tmp_path):
    python, site = environment_with_our_libraries(tmp_path / "env")
    with zipfile.ZipFile(packages[0]) as wheel:
        wheel.extractall(site)
    command = [str(python), "-m", "llmdas", "synthesize", "--detector", "ecod", "--programs", "1", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=CLEAN)
    assert done.returncode == 0, done.stderr
    assert "AUC-PR" in done.stdout
    assert len(list((tmp_path / "runs").glob("*-ecod/report.html"))) == 1


def test_the_sdist_holds_what_make_needs(packages):
    with tarfile.open(packages[1]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"Makefile", "scripts/setup.sh", "requirements/runtime.txt", "policies/policy.yaml", "README.md"} <= names
    assert not any(name.startswith((".venv", "runs", ".git/")) for name in names)


def test_a_checkout_works_where_it_is_moved_to_whatever_its_name(tmp_path):
    """The path file that setup writes is relative: no old path, no encoding, no quoting can break it."""
    setup = (ROOT / "scripts/setup.sh").read_text()
    line = next(line for line in setup.splitlines() if line.startswith("printf '../"))
    place = tmp_path / "a chëckout"
    (place / "sandbox").mkdir(parents=True)
    (place / "llmdas").symlink_to(ROOT / "llmdas")
    (place / "sandbox/llmdas_sandbox").symlink_to(ROOT / "sandbox/llmdas_sandbox")
    _, site = environment_with_our_libraries(place / ".venv")
    subprocess.run(["sh", "-c", f'site="$1"; {line}', "sh", str(site)], check=True)
    moved = tmp_path / "moved"
    shutil.move(place, moved)
    code = "import llmdas, llmdas_sandbox; print(llmdas.__path__[0]); print(llmdas_sandbox.__path__[0])"
    done = subprocess.run(
        [str(moved / ".venv/bin/python"), "-c", code], capture_output=True, text=True, env=CLEAN, cwd="/"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(moved / "llmdas"), str(moved / "sandbox/llmdas_sandbox")]


@pytest.mark.parametrize(("version", "said"), [("3.10", "needs 3.11 to 3.14"), ("none", "there is no")])
def test_an_unfit_python_is_one_sentence(tmp_path, version, said):
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    old = tmp_path / "old-python"
    old.write_text('#!/bin/sh\n[ "$1" = -V ] && echo Python 3.10.0 || exit 1\n')
    old.chmod(0o755)
    python = str(old) if version == "3.10" else str(tmp_path / "nothing")
    done = subprocess.run(
        ["sh", "scripts/setup.sh", "runtime"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**CLEAN, "PYTHON": python},
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize(
    ("given", "environment", "passed"),
    [
        ("DATA=/x y/it's $HOME.csv", {}, "/x y/it's $HOME.csv"),
        ("SEED=3", {}, ""),
        ("SEED=3", {"LLMDAS_DATA": "a $(shell echo b).csv"}, "a $(shell echo b).csv"),
        ("DATA=one.csv", {"LLMDAS_DATA": "two.csv"}, "one.csv"),
    ],
)
def test_make_passes_values_as_they_are_and_else_what_the_environment_says(tmp_path, given, environment, passed):
    """Dollars, quotes and spaces reach the command; nothing given and nothing set is empty, which means the default."""
    lines = (ROOT / "Makefile").read_text().splitlines()
    kept = [line for line in lines if line.startswith(("DATA ?=", "GIVEN_DATA", "synthesize: export LLMDAS_DATA"))]
    recipe = "synthesize:\n\t@printf '%s' \"$$LLMDAS_DATA\"\n"
    (tmp_path / "Makefile").write_text("\n".join(kept) + "\n" + recipe)
    command = ["make", "--no-print-directory", "synthesize", given]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env={**CLEAN, **environment})
    assert done.stdout == passed
    assert len(kept) == 3
