"""Small tables, and how the tests write them to files and see them refused."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llmdas.data.readers import read_table
from llmdas.errors import DataError

X = np.random.default_rng(0).normal(size=(20, 3)).round(4)
Y = np.array([0] * 16 + [1] * 4)


def csv_text(X: np.ndarray = X, y: np.ndarray | None = Y, delimiter: str = ",") -> str:
    names = ["a", "b", "c"][: X.shape[1]] + (["label"] if y is not None else [])
    body = X.tolist() if y is None else [[*row, int(one)] for row, one in zip(X, y, strict=True)]
    return "\n".join(delimiter.join(map(str, row)) for row in [names, *body]) + "\n"


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refused(path: Path, label: str | None = None) -> DataError:
    with pytest.raises(DataError) as caught:
        read_table(path, label)
    assert "\n" not in str(caught.value)
    assert caught.value.problem.endswith(".")
    return caught.value


class Canary:
    """A pickle that makes a file when it is loaded; harmless, and seen."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.mkdir, (str(self.path),)
