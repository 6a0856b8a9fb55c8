"""The fuzz target of the sandbox's host side without atheris: its seeds, its checks, its own reading of the bytes."""

from __future__ import annotations

import importlib.util
import random
import subprocess
import sys
from pathlib import Path

import pytest

from . import sandbox_frames as target


@pytest.mark.skipif(importlib.util.find_spec("atheris") is not None, reason="atheris is installed here")
def test_without_atheris_it_skips_loudly(tmp_path: Path) -> None:
    script = Path(target.__file__)
    done = subprocess.run([sys.executable, str(script), "--seconds", "1"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")
    assert "SKIPPED: atheris is not installed here, so the sandbox's frames were NOT fuzzed" in done.stderr


def test_seeds_and_what_is_made_of_them_hold() -> None:
    check, chance = target.checker(), random.Random(0)
    for seed in target.seeds():
        check(seed)
        data = seed
        for _ in range(60):
            data = target.mutation(data if chance.random() < 0.5 else seed, chance)[: target.MAX_LEN]
            check(data)


def test_own_reading_takes_whole_conversations_only() -> None:
    whole = target.seeds()[1]
    assert len(target.reading(whole)) == 24
    assert [target.reading(whole[:length]) for length in range(1, len(whole))] == [None] * (len(whole) - 1)
    assert target.reading(whole + target.frame(12)) is None


def test_wrong_outcomes_are_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    check, data = target.checker(), target.seeds()[0]
    monkeypatch.setattr(target, "reading", lambda data: b"other")
    with pytest.raises(AssertionError, match="a value that the bytes do not give") as caught:
        check(data)
    seen: set[str] = set()
    for _ in range(2):
        target.note(data, caught.value, tmp_path, seen)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == ["", ".txt"]
