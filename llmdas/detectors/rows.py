"""Checks that every detector makes on the rows it gets and on the scores it gives."""

from __future__ import annotations

from typing import Any

import numpy as np

from llmdas.detectors.interface import Matrix, Vector
from llmdas.errors import DetectorError

MIN_ROWS = 2


def training_rows(given: Any, name: str) -> Matrix:
    """Return them as a C-ordered float64 matrix (n, d) that can be fitted on.

    Raises:
        DetectorError: they are no finite matrix, has no column, fewer than two rows, or no column that varies.
    """
    X = _matrix(given, name)
    if X.shape[0] < MIN_ROWS:
        raise DetectorError(
            f"The detector {name} cannot be fitted on {X.shape[0]} row(s).", f"Give it at least {MIN_ROWS} normal rows."
        )
    if not np.any(X[0] != X):
        raise DetectorError(
            f"The detector {name} cannot be fitted on rows that are all equal.", "Give it columns that vary."
        )
    return X


def query_rows(given: Any, name: str, columns: int | None) -> Matrix:
    """Return them as a C-ordered float64 matrix (m, d) with as many columns as were fitted.

    Raises:
        DetectorError: not fitted (`columns` is None), another number of columns, or a value is not finite.
    """
    if columns is None:
        raise DetectorError(f"The detector {name} has not been fitted.", "Fit it before asking for scores.")
    X = _matrix(given, name)
    if X.shape[1] != columns:
        raise DetectorError(
            f"The detector {name} was fitted on {columns} column(s) but the rows have {X.shape[1]}.",
            "Give it rows with the columns of the training rows, in the same order.",
        )
    return X


def within(X: Matrix, largest: float, name: str) -> Matrix:
    """Return X, float64 (m, d), when no magnitude is above `largest`.

    Raises:
        DetectorError: naming row and column of the first value that is.
    """
    bad = np.argwhere(np.abs(X) > largest)
    if bad.size:
        row, column = bad[0]
        raise DetectorError(
            f"The detector {name} cannot hold the value {X[row, column]:.3g} in row {row + 1}, column {column}.",
            "Rescale or drop that column.",
        )
    return X


def finite_scores(given: Any, X: Matrix, name: str) -> Vector:
    """Return the scores as float64 (m,), or say which row and which column went wrong.

    A score that is not finite is never replaced: a constant in its place would make the plain detector look blind.

    Raises:
        DetectorError: a score is infinite or NaN, or there is not one per row of X.
    """
    scores: Vector = np.asarray(given, dtype=np.float64)
    if scores.shape != (X.shape[0],):
        raise DetectorError(f"The detector {name} gave scores of shape {scores.shape} for {X.shape[0]} rows.")
    bad = np.flatnonzero(~np.isfinite(scores))
    if bad.size:
        column = int(np.argmax(np.abs(X[bad[0]])))
        raise DetectorError(
            f"The detector {name} gave {bad.size} score(s) that are not finite, the first for row {bad[0] + 1}, whose"
            f" largest value {X[bad[0], column]:.3g} stands in column {column}.",
            "Rescale or drop that column, or choose another detector.",
        )
    return scores


def _matrix(given: Any, name: str) -> Matrix:
    X: Matrix = np.ascontiguousarray(given, dtype=np.float64)
    if X.ndim != 2 or X.shape[1] == 0:
        raise DetectorError(
            f"The detector {name} needs a matrix of rows and columns, not shape {X.shape}.",
            "Pass shape (rows, columns).",
        )
    bad = np.argwhere(~np.isfinite(X))
    if bad.size:
        row, column = bad[0]
        raise DetectorError(
            f"The detector {name} got the value {X[row, column]} in row {row + 1}, column {column}.",
            "Give it finite rows.",
        )
    return X
