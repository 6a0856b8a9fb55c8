"""PyOD's detectors behind our boundary: a fresh one for every fit, float64, and no score that is not finite.

PyOD is imported when a detector is fitted, because its import takes two seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from llmdas.detectors.interface import Detector, Matrix, Vector
from llmdas.detectors.rows import finite_scores, query_rows, training_rows, within
from llmdas.errors import DetectorError

Builder = Callable[[Matrix], Any]


class PyODDetector(Detector):
    """One PyOD detector.

    `build` makes a new, unfitted PyOD detector for the given training rows: some PyOD detectors mix the rows of an
    earlier fit into the next one, so an instance is never fitted twice. `largest` is the largest magnitude of a value
    that the detector can hold.
    """

    def __init__(self, name: str, build: Builder, largest: float = float(np.finfo(np.float64).max)) -> None:
        self.name = name
        self._build = build
        self._largest = largest
        self._model: Any = None
        self._columns: int | None = None

    def fit(self, X: Matrix) -> None:
        """Fit a fresh PyOD detector on normal rows X, float64 (n, d), finite.

        After a fit that failed the detector is unfitted, also when an earlier fit was good.

        Raises:
            DetectorError: the rows cannot be fitted, or PyOD gives them scores that are not finite.
        """
        self._model, self._columns = None, None
        X = within(training_rows(X, self.name), self._largest, self.name)
        model = self._build(X)
        try:
            model.fit(X)
        except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
            raise self._failed("fitted on", X, error) from error
        finite_scores(model.decision_scores_, X, self.name)
        self._model, self._columns = model, X.shape[1]

    def predict_score(self, X: Matrix) -> Vector:
        """Return one finite score per row, float64 (m, d) -> (m,), high = abnormal.

        Raises:
            DetectorError: not fitted, another number of columns, or a score is not finite.
        """
        X = within(query_rows(X, self.name, self._columns), self._largest, self.name)
        if X.shape[0] == 0:
            return np.zeros(0)
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                scores = self._model.decision_function(X)
        except (ValueError, ArithmeticError) as error:
            raise self._failed("used on", X, error) from error
        return finite_scores(scores, X, self.name)

    def _failed(self, doing: str, X: Matrix, error: Exception) -> DetectorError:
        column = int(np.argmax(np.abs(X).max(axis=0)))
        return DetectorError(
            f"The detector {self.name} cannot be {doing} {X.shape[0]} rows of {X.shape[1]} columns, the largest"
            f" value being {np.abs(X[:, column]).max():.3g} in column {column}: {error}.",
            "Rescale or drop that column, or choose another detector.",
        )


def iforest(seed: int) -> Detector:
    """Isolation Forest, PyOD's settings; its trees hold float32, where larger values would silently turn infinite."""

    def build(X: Matrix) -> Any:
        from pyod.models.iforest import IForest

        return IForest(n_estimators=100, max_samples="auto", random_state=seed, n_jobs=1)

    return PyODDetector("iforest", build, largest=float(np.finfo(np.float32).max))


def pca(seed: int) -> Detector:
    """Principal components, without those that have no variance.

    PyOD divides by each component's share of the variance, so a component without any makes every score infinite; here
    as many components are kept as the standardised training rows have numerical rank.
    """

    def build(X: Matrix) -> Any:
        from pyod.models.pca import PCA

        return PCA(n_components=_numerical_rank(X), svd_solver="full", random_state=seed)

    return PyODDetector("pca", build)


def ocsvm(seed: int) -> Detector:
    """One-class SVM, PyOD's settings, on the rows as given: standardise them first, or the kernel saturates.

    It draws nothing at random, so `seed` changes nothing; its time grows with the square of the rows.
    """

    def build(X: Matrix) -> Any:
        from pyod.models.ocsvm import OCSVM

        return OCSVM(kernel="rbf", nu=0.5, gamma="auto")

    return PyODDetector("ocsvm", build)


def ecod_pyod(seed: int) -> Detector:
    """PyOD's own ECOD, for comparison: a score depends on the rows scored beside it. `seed` changes nothing."""

    def build(X: Matrix) -> Any:
        from pyod.models.ecod import ECOD

        return ECOD(n_jobs=1)

    return PyODDetector("ecod-pyod", build)


def _numerical_rank(X: Matrix) -> int:
    """Rank of the standardised rows: singular values above the largest times max(n, d) times the rounding unit."""
    from sklearn.preprocessing import StandardScaler

    return int(np.linalg.matrix_rank(StandardScaler().fit_transform(X)))
