"""The example workflows: every line that calls llmdas is run on a sample folder, and what it leaves is uploaded."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "tests" / "programs"
WORKFLOWS = ROOT / "examples" / "workflows"
GITHUB: dict[str, Any] = yaml.safe_load((WORKFLOWS / "github-check.yml").read_bytes())
GITLAB: dict[str, Any] = yaml.safe_load((WORKFLOWS / "gitlab-check.yml").read_bytes())
STEPS: list[dict[str, Any]] = GITHUB["jobs"]["check"]["steps"]
UPLOAD = STEPS[-1]
GITHUB_LINES = [line for step in STEPS for line in step.get("run", "").splitlines()]
GITLAB_LINES: list[str] = GITLAB["llmdas-check"]["script"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout with one good program, and the llmdas under test as a command."""
    (tmp_path / "generated").mkdir()
    shutil.copy(PROGRAMS / "accept" / "early-returns.py", tmp_path / "generated" / "good.py")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "llmdas").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m llmdas "$@"\n')
    (tmp_path / "bin" / "llmdas").chmod(0o755)
    return tmp_path


def add_bad(folder: Path) -> None:
    shutil.copy(PROGRAMS / "reject" / "import-os.py", folder / "generated" / "bad.py")


def run(lines: list[str], folder: Path) -> int:
    """Run the one line that checks as the runner's shell does."""
    (line,) = [line for line in lines if line.startswith("llmdas ")]
    environment = os.environ | {"PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(["sh", "-e", "-c", line], cwd=folder, env=environment, capture_output=True).returncode


@pytest.mark.parametrize("lines", [GITHUB_LINES, GITLAB_LINES], ids=["github", "gitlab"])
def test_llmdas_is_installed_from_git_pinned_by_commit(lines: list[str]) -> None:
    (install,) = [line for line in lines if "pip install" in line]
    address = "llmdas @ git+<address of this repository>@<full commit hash>"
    assert shlex.split(install) == ["python", "-m", "pip", "install", "--quiet", address]


@pytest.mark.parametrize("lines", [GITHUB_LINES, GITLAB_LINES], ids=["github", "gitlab"])
def test_a_good_folder_passes_and_a_bad_program_fails_the_job(lines: list[str], folder: Path) -> None:
    assert run(lines, folder) == 0
    add_bad(folder)
    assert run(lines, folder) == 1


def test_github_uploads_the_file_that_the_check_wrote(folder: Path) -> None:
    add_bad(folder)
    run(GITHUB_LINES, folder)
    sarif = json.loads((folder / UPLOAD["with"]["sarif_file"]).read_bytes())
    schema = ROOT / "tests" / "assets" / "sarif-2.1.0.schema.json"
    jsonschema.Draft7Validator(json.loads(schema.read_bytes())).validate(sarif)
    (result,) = sarif["runs"][0]["results"]
    assert result["ruleId"] == "DAS201"
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "generated/bad.py"


def test_gitlab_reports_the_file_that_the_check_wrote(folder: Path) -> None:
    add_bad(folder)
    run(GITLAB_LINES, folder)
    report = json.loads((folder / GITLAB["llmdas-check"]["artifacts"]["reports"]["codequality"]).read_bytes())
    (issue,) = report
    assert issue["check_name"] == "DAS201"
    assert issue["location"]["path"] == "generated/bad.py"
    assert issue["fingerprint"]
    assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")


def test_findings_are_shown_although_the_check_failed() -> None:
    assert UPLOAD["if"] == "always()"
    assert GITLAB["llmdas-check"]["artifacts"]["when"] == "always"


def test_github_gives_each_right_to_the_job_alone_and_pins_every_action() -> None:
    assert GITHUB["permissions"] == {}
    assert GITHUB["jobs"]["check"]["permissions"] == {"contents": "read", "security-events": "write", "actions": "read"}
    text = (WORKFLOWS / "github-check.yml").read_text()
    used = re.findall(r"uses: (.*)", text)
    assert len(used) == 3
    assert all(re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one) for one in used), used
