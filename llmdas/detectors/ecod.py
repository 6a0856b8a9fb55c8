"""ECOD with the training rows alone as its reference, so that a row's score does not depend on the rows beside it.

ECOD (Li et al., arXiv 2201.00382) adds up, over the columns, the negative log of the tail probability of a value under
the empirical distribution. PyOD's version (3.6.7) stacks the rows to be scored on the training rows first; this one
does not, and gives the same scores to the training rows.
"""

from __future__ import annotations

import warnings

import numpy as np

from llmdas.detectors.interface import Detector, Matrix, Vector
from llmdas.detectors.rows import finite_scores, query_rows, training_rows


class InductiveECOD(Detector):
    """ECOD that scores against its training rows.

    Per column the left tail is the share of training values <= x, the right tail the share >= x (a tie counts on both
    sides, as in PyOD). The column adds the largest of left, right and skew-chosen surprise, where the skew of the
    training column chooses left (negative), right (positive) or the sum of both (zero, or not defined). A value beyond
    every training value has the tail 1 / (n + 1), which is what PyOD gives to such a row when it is scored alone.
    """

    name = "ecod"

    def __init__(self) -> None:
        self._columns: int | None = None
        self._sorted: Matrix = np.zeros((0, 0))
        self._skew: Vector = np.zeros(0)
        self._surprise: Vector = np.zeros(0)

    def fit(self, X: Matrix) -> None:
        """Keep the sorted columns and the sign of their skew; X float64 (n, d), finite.

        Raises:
            DetectorError: fewer than two rows, not finite, or no column varies.
        """
        X = training_rows(X, self.name)
        n = X.shape[0]
        self._sorted = np.sort(X.T, axis=1)
        self._skew = _skew_sign(X)
        tails = np.concatenate(([1.0 / (n + 1)], np.arange(1, n + 1) / n))
        # A table of -log(count / n): the same count gives the same bits wherever a row stands in its batch.
        self._surprise = -np.log(tails)
        self._columns = X.shape[1]

    def predict_score(self, X: Matrix) -> Vector:
        """Return one score per row, float64 (m, d) -> (m,), high = abnormal, independent of the batch.

        Raises:
            DetectorError: not fitted, another number of columns, or a value is not finite.
        """
        X = query_rows(X, self.name, self._columns)
        total = np.zeros(X.shape[0])
        for column, train, skew in zip(X.T, self._sorted, self._skew, strict=True):
            left = self._surprise[np.searchsorted(train, column, side="right")]
            right = self._surprise[train.size - np.searchsorted(train, column, side="left")]
            total += left + right if skew == 0 else np.maximum(left, right)
        return finite_scores(total, X, self.name)


def _skew_sign(X: Matrix) -> Vector:
    from scipy.stats import skew

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # constant columns: their skew is not defined, and counts as 0
        return np.sign(np.nan_to_num(skew(X, axis=0)))
