"""Calls of ``llmdas check``, in a process of its own or in this one, which is quicker."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from llmdas.cli.main import main

COMMAND = [sys.executable, "-m", "llmdas", "check"]


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
