"""The two-class model: normal training rows against synthetic anomalies (arXiv 2510.03904, section on enhancement)."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from llmdas.data.table import Matrix, Vector
from llmdas.errors import DataError

N_ESTIMATORS = 300  # a row is out of bag in 37 % of the trees, so its reference score comes from about 110 votes
_LARGEST = float(np.finfo(np.float32).max)  # scikit-learn's trees hold float32


@dataclass(frozen=True, slots=True, eq=False)
class Classifier:
    """A fitted random forest.

    Attributes:
        reference: float64 (n,), the training normals' own scores by the trees that have not seen them (out of bag);
            scores by all trees would look far more normal than those of any new row.
        oob_synthetic: float64 (k,), the same for the synthetic rows.
        importances: float64 (d,), mean decrease in impurity per column, summing to 1 (or all 0).
    """

    reference: Vector
    oob_synthetic: Vector
    importances: Vector
    _forest: Any

    def score(self, X: Matrix) -> Vector:
        """Return the probability of being synthetic, float64 (m, d) -> (m,) in [0, 1], high = abnormal.

        Raises:
            DataError: another number of columns, or a value that is not finite or beyond float32.
        """
        _check(X, "rows to score")
        if X.shape[1] != len(self.importances):
            raise DataError(
                f"The two-class model knows {len(self.importances)} columns, and the rows have {X.shape[1]}."
            )
        if not len(X):
            return np.zeros(0)
        return np.ascontiguousarray(self._forest.predict_proba(X)[:, 1], dtype=np.float64)


def train_classifier(normals: Matrix, synthetic: Matrix, seed: int, *, n_estimators: int = N_ESTIMATORS) -> Classifier:
    """Fit scikit-learn's random forest on normals (class 0) and synthetic rows (class 1); bit for bit repeatable.

    Args:
        normals: float64 (n, d), the rows the detector was fitted on, in the same units as `synthetic`.
        synthetic: float64 (k, d).
        seed: seed of bootstrap and splits.
        n_estimators: number of trees.

    Raises:
        DataError: one side has no row, the columns differ, or a value is not finite or beyond float32.
    """
    from sklearn.ensemble import RandomForestClassifier

    if not len(normals) or not len(synthetic):
        raise DataError(
            f"The two-class model needs both classes, not {len(normals)} normal and {len(synthetic)} synthetic."
        )
    if normals.shape[1] != synthetic.shape[1]:
        raise DataError(f"Normals have {normals.shape[1]} columns and synthetic rows {synthetic.shape[1]}.")
    _check(normals, "normal rows")
    _check(synthetic, "synthetic rows")
    X = np.concatenate((normals, synthetic))
    y = np.repeat(np.array([0, 1]), (len(normals), len(synthetic)))
    forest = RandomForestClassifier(
        n_estimators=n_estimators, bootstrap=True, oob_score=True, random_state=seed, n_jobs=1
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # rows that are never out of bag are dealt with below
        forest.fit(X, y)
    out_of_bag = _out_of_bag(forest.oob_decision_function_, len(normals))
    importances = np.asarray(forest.feature_importances_, dtype=np.float64)
    return Classifier(out_of_bag[: len(normals)], out_of_bag[len(normals) :], importances, forest)


def _out_of_bag(votes: Matrix, n: int) -> Vector:
    """Class 1's share of the out-of-bag votes; a row never out of bag has none and gets its own class's mean."""
    seen = np.nan_to_num(votes).sum(axis=1) > 0
    scores = np.where(seen, np.nan_to_num(votes[:, 1]), 0.0)
    for part in (slice(0, n), slice(n, None)):
        known = scores[part][seen[part]]
        scores[part][~seen[part]] = known.mean() if known.size else 0.0
    return scores


def _check(X: Matrix, what: str) -> None:
    bad = np.argwhere(~(np.abs(X) <= _LARGEST))
    if bad.size:
        row, column = bad[0]
        raise DataError(
            f"The {what} hold {X[row, column]:.3g} in row {row + 1}, column {column}, beyond the range of float32.",
            "Drop or rescale such rows.",
        )
