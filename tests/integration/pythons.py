"""The other Pythons of this machine, as `scripts/pythons.sh` made them, and how to inspect sources with them."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import RestrictedPython

from llmdas.gate.patterns import check_patterns
from llmdas.gate.report import Report
from llmdas.gate.terms import Terms

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PYTHONS = ROOT / ".pythons"
PYODIDE = PYTHONS / "wasm" / "node_modules" / "pyodide"
OWN = f"{sys.version_info.major}.{sys.version_info.minor}"
SUPPORTED = ("3.11", "3.12", "3.13", "3.14")

Found = dict[str, list[tuple[Any, ...]]]


def inspect_with(version: str, sources: Mapping[str, bytes], terms: Terms, folder: Path) -> Found:
    """Inspect sources with one version of Python, in one process; skips loudly where there is none.

    The process must not print anything: a warning of the parser would show here.
    """
    job = folder / f"{version}.json"
    python = Path(sys.executable) if version == OWN else PYTHONS / version / "bin" / "python"
    if python.exists():
        job.write_text(json.dumps(_job(sources, terms)))
        command = [str(python), "-I", "-B", "-X", "utf8", str(HERE / "inspector.py"), str(job)]
        found: Any = json.loads(_output(command))
    elif version == "3.14" and PYODIDE.exists() and shutil.which("node"):
        job.write_text(json.dumps(_job(sources, terms) | {"patterns": _patterns(sources, terms)}))
        site = Path(RestrictedPython.__file__).parents[1]
        script = str(HERE / "wasm" / "inspect.mjs")
        answer = json.loads(
            _output(["node", "--stack-size=4000", script, str(PYODIDE), str(site), str(ROOT), str(job)])
        )
        assert answer["version"] == version
        found = answer["found"]
    else:
        pytest.skip(f"PYTHON {version} NOT TESTED: there is none; run scripts/pythons.sh where one is installed")
    return {name: [tuple(finding) for finding in findings] for name, findings in found.items()}


def _output(command: list[str]) -> bytes:
    done = subprocess.run(command, capture_output=True, timeout=120, cwd="/")
    assert done.returncode == 0, done.stderr[-900:].decode(errors="replace")
    assert done.stderr == b"", "the interpreter printed something"
    return done.stdout


def _job(sources: Mapping[str, bytes], terms: Terms) -> dict[str, Any]:
    encoded = {name: base64.b64encode(source).decode() for name, source in sources.items()}
    return {"root": str(ROOT), "terms": terms.as_json(), "sources": encoded, "patterns": None}


def _patterns(sources: Mapping[str, bytes], terms: Terms) -> dict[str, list[Any]]:
    """Return what the patterns find in every text, broken ones included."""
    found: dict[str, list[Any]] = {}
    for source in sources.values():
        text = source.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
        report = Report(text)
        check_patterns(text, terms.patterns, report)
        found[text] = [
            [f.line, f.column, f.rule, f.message, f.excerpt, f.remedy, f.severity] for f in report.findings()
        ]
    return found
