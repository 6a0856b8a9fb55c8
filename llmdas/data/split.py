"""Which rows train and which test: half of the normals train, the rest and every anomaly test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from llmdas.data.table import MIN_NORMALS, Labels, Matrix, Table
from llmdas.errors import DataError


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """The rows of a table, in its own units, by use.

    Attributes:
        train: float64 (n, d), normal rows only (every row when the table has no labels).
        test: float64 (m, d), or None when the table has no labels.
        y_test: int64 (m,), 0 = normal and 1 = anomaly, or None.
        train_rows: int64 (n,), 0-based places of the training rows in the table.
        test_rows: int64 (m,), those of the test rows, ascending; empty when the table has no labels.
    """

    train: Matrix
    test: Matrix | None
    y_test: Labels | None
    train_rows: Labels
    test_rows: Labels


def split_table(table: Table, seed: int) -> Split:
    """Split a table; the same table and seed give the same rows.

    With labels, the normals are shuffled by ``numpy.random.default_rng(seed)`` and the first half (rounded up) trains.
    The shuffle matters: many published tables are sorted, and a split in file order then measures the sorting as well.

    Raises:
        DataError: fewer than 8 normal rows would train, the least that a program is promised.
    """
    if table.y is None:
        return Split(table.X, None, None, np.arange(len(table.X)), np.arange(0))
    normals = np.random.default_rng(seed).permutation(np.flatnonzero(table.y == 0))
    half = (len(normals) + 1) // 2
    if half < MIN_NORMALS:
        raise DataError(
            f"The table {table.name} has {len(normals)} normal rows, so only {half} would train, and at least"
            f" {MIN_NORMALS} are needed.",
            "Give more normal rows, or no labels.",
        )
    train_rows = normals[:half]
    test_rows = np.sort(np.concatenate((normals[half:], np.flatnonzero(table.y == 1))))
    return Split(table.X[train_rows], table.X[test_rows], table.y[test_rows], train_rows, test_rows)
