"""The parts of the coverage-guided fuzzer that need no atheris: what it seeds, reads and writes down."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from . import atheris_gate, grammar


@pytest.mark.skipif(importlib.util.find_spec("atheris") is not None, reason="atheris is installed here")
def test_without_atheris_it_skips_loudly(tmp_path: Path) -> None:
    script = Path(atheris_gate.__file__)
    done = subprocess.run([sys.executable, str(script), "--seconds", "1"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stdout == ""
    assert "SKIPPED: atheris is not installed here, so the gate was NOT fuzzed" in done.stderr


def test_corpus_begins_with_every_sample(tmp_path: Path) -> None:
    atheris_gate.seed_corpus(tmp_path)
    seeds = {path.read_bytes() for path in tmp_path.iterdir()}
    assert {*grammar.sample_sources("accept"), *grammar.sample_sources("reject")} <= seeds


def test_dictionary_is_of_libfuzzers_form() -> None:
    lines = atheris_gate.dictionary().splitlines()
    assert len(lines) > 100
    assert all(re.fullmatch(r'"(\\x[0-9a-f]{2}){1,64}"', line) for line in lines)


def test_figures_are_read_from_what_the_fuzzer_says(capfd: pytest.CaptureFixture[str]) -> None:
    said = "\n".join(
        [
            "#512\tNEW    cov: 10 ft: 20 corp: 3/1Kb lim: 4 exec/s: 5 rss: 60Mb",
            "#1024\tpulse  cov: 11 ft: 21 corp: 4/1Kb lim: 4 exec/s: 5 rss: 61Mb",
            "stat::number_of_executed_units: 1100",
            "stat::peak_rss_mb:              62",
        ]
    )
    figures = atheris_gate.watch([sys.executable, "-c", f"import sys; sys.stderr.write({said!r}); sys.exit(3)"])
    assert figures == {
        "executions": 1100,
        "coverage": 11,
        "features": 21,
        "corpus": 4,
        "peak_rss_mb": 62,
        "status": 3,
    }
    assert "pulse" in capfd.readouterr().err


def test_each_kind_of_failure_is_written_down_once(tmp_path: Path) -> None:
    seen: set[str] = set()
    for source, message in ((b"a", "DAS204 at 5"), (b"b", "DAS204 at 17"), (b"\xff", "DAS205 at 17 \ud800")):
        try:
            raise AssertionError(message)
        except AssertionError as error:
            atheris_gate.note(source, error, tmp_path, seen)
    written = sorted(path.read_bytes() for path in tmp_path.glob("finding-*.py"))
    assert written == [b"a", b"\xff"]
    assert len(list(tmp_path.glob("finding-*.txt"))) == 2
