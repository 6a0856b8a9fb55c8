"""The host's check of what a program returned: the last layer, which trusts nothing that came out of a sandbox."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

MAX_SHARE_OF_COPIES = 0.5
MIN_SHARE_OF_DISTINCT = 0.5


@dataclass(frozen=True, slots=True)
class CheckedRows:
    """Rows that passed.

    Attributes:
        rows: float64 (k, d), finite, no row equal to a training row; k <= n_samples.
        copies: rows that were dropped because they equal a training row.
        repeats: rows that equal an earlier synthetic row (kept: they are a matter of quality, not of safety).
    """

    rows: Matrix
    copies: int
    repeats: int


def check_rows(value: NDArray[np.float64], n_samples: int, X_train: Matrix) -> CheckedRows | str:
    """Check an array against the contract; return the usable rows, or one sentence on what is wrong.

    Args:
        value: what the sandbox returned, float64, any shape.
        n_samples: how many rows were asked for.
        X_train: the rows that the program was given, (n, d).
    """
    width = X_train.shape[1]
    if value.shape != (n_samples, width):
        return f"the returned array has shape {value.shape}, not (n_samples, d) = ({n_samples}, {width})"
    bad = ~np.isfinite(value)
    if bad.any():
        return f"{int(bad.any(axis=1).sum())} of {n_samples} returned rows hold NaN or infinite values"
    copied = _rows_in(value, X_train)
    if copied.mean() > MAX_SHARE_OF_COPIES:
        return f"{int(copied.sum())} of {n_samples} returned rows equal a row of X_train; anomalies must differ from it"
    distinct = len(np.unique(value, axis=0))
    if distinct < MIN_SHARE_OF_DISTINCT * n_samples:
        return f"only {distinct} of {n_samples} returned rows are distinct"
    return CheckedRows(np.ascontiguousarray(value[~copied]), int(copied.sum()), n_samples - distinct)


def _rows_in(value: Matrix, X_train: Matrix) -> NDArray[np.bool_]:
    """Tell for each row of `value` whether it equals a row of `X_train` exactly (-0.0 equals 0.0)."""
    known = {row.tobytes() for row in X_train + 0.0}
    return np.fromiter((row.tobytes() in known for row in value + 0.0), dtype=bool, count=len(value))
