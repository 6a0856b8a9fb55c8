"""Small programs that the tests of the review judge."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

HEAD = "import numpy as np\n\n\ndef generate_hard_anomalies(n_samples, model, X_train, rng):\n"
TAIL = "    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0\n"
GOOD = HEAD + TAIL
BAD = HEAD + "    x = eval('1')\n" + TAIL  # one DAS203 on line 5
LOOSE = HEAD + "    try:\n        x = 1\n    except:\n        x = 2\n" + TAIL  # one DAS404 on line 7
WARNED = HEAD + "    print(n_samples)\n" + TAIL  # one DAS406, a warning, on line 5


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """A current folder of the test's own, below a folder that is not part of it."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@contextlib.contextmanager
def unprivileged() -> Iterator[None]:
    """Within, this process may read only what everybody may; root reads everything otherwise."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
