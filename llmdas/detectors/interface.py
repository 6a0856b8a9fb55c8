"""The boundary to an anomaly detector. Score direction is PyOD's: high = abnormal."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]


class Detector(ABC):
    """A detector that is fitted once on normal rows and then scores any rows.

    `name` is the catalogue's name, such as ``iforest``.
    """

    name: str

    @abstractmethod
    def fit(self, X: Matrix) -> None:
        """Fit on normal rows X, float64 (n, d), finite.

        Raises:
            DetectorError: the rows cannot be fitted (too few, or the algorithm fails), with a remedy.
        """

    @abstractmethod
    def predict_score(self, X: Matrix) -> Vector:
        """Return one finite score per row of X, float64 (m, d) -> (m,), high = abnormal, independent of the batch.

        Raises:
            DetectorError: not fitted, another number of columns, or a score is not finite.
        """
