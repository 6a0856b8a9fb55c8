"""How many synthetic rows there are, and how the rows of several programs become one set."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from llmdas.data.table import Matrix
from llmdas.errors import DataError

PAPER_RATIO = 0.1  # synthetic rows per training row (arXiv 2510.03904, experimental setup)


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """The synthetic rows of all programs, each counted once.

    Attributes:
        rows: float64 (k, d), program after program in the order given.
        sources: for each row the key of the program that made it.
    """

    rows: Matrix
    sources: tuple[str, ...]


def synthesis_count(n_train: int, ratio: float = PAPER_RATIO) -> int:
    """Return how many rows one program makes for n_train training rows: ratio x n_train, rounded up, at least 1.

    The ratio is taken as the decimal it is written as, so that 1.1 of 10 rows is 11 and not 12.

    Raises:
        ValueError: no training row, or a ratio that is not above 0.
    """
    if n_train < 1 or not (ratio > 0 and math.isfinite(ratio)):
        raise ValueError(f"n_train must be at least 1 and ratio finite and above 0, not {n_train} and {ratio}")
    return max(1, math.ceil(Fraction(repr(float(ratio))) * n_train))


def pool(rows_by_program: Mapping[str, Matrix]) -> Pool:
    """Join the rows of the programs, float64 (k_i, d) each, in the mapping's order; programs without a row add none.

    Raises:
        DataError: there is no row at all, or the programs' rows differ in their number of columns.
    """
    used = {key: rows for key, rows in rows_by_program.items() if len(rows)}
    if not used:
        raise DataError("No program gave a usable synthetic row.", "Ask for more programs, or look at their faults.")
    widths = {rows.shape[1] for rows in used.values()}
    if len(widths) > 1:
        raise DataError(f"The programs' rows have {sorted(widths)} columns, and all must have the same.")
    rows = np.ascontiguousarray(np.concatenate(list(used.values())), dtype=np.float64)
    return Pool(rows, tuple(key for key, part in used.items() for _ in range(len(part))))
