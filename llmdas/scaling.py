"""Standardisation, the one scaling that detectors, programs and the two-class model share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scaler:
    """Maps columns to mean 0 and standard deviation 1 on the rows it was made from; constant columns keep scale 1.

    Attributes:
        mean: float64 (d,).
        scale: float64 (d,), above 0.
    """

    mean: Vector
    scale: Vector

    @classmethod
    def of(cls, X: Matrix) -> Scaler:
        """Make a scaler from rows X, float64 (n, d)."""
        mean = X.mean(axis=0)
        scale = X.std(axis=0)
        # Rounding leaves a tiny spread in a constant column; dividing by it would blow noise up to order one.
        negligible = scale <= 1e-12 * np.abs(X).max(axis=0)
        return cls(mean, np.where(negligible, 1.0, scale))

    def transform(self, X: Matrix) -> Matrix:
        """Return scaled rows, float64 (m, d)."""
        return np.ascontiguousarray((X - self.mean) / self.scale)

    def inverse_transform(self, Z: Matrix) -> Matrix:
        """Return rows in the original units, float64 (m, d)."""
        return np.ascontiguousarray(Z * self.scale + self.mean)
