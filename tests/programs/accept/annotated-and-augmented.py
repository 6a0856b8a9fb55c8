"""Annotated assignment, augmented assignment on subscripts, aliasing."""
from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def generate_hard_anomalies(
    n_samples: int, model, X_train: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    n: int
    d: int
    n, d = X_train.shape
    X: np.ndarray = X_train[rng.integers(0, n, size=n_samples)].copy()
    view = X
    scale: np.ndarray = X_train.std(axis=0) + 1e-9
    X[:, 0] += 3.0 * scale[0]
    X[::2] *= -1.0
    view[1:, -1] -= scale[-1]
    counts = np.zeros(d, dtype=int)
    counts[0] += 2.7
    counts //= 2
    return X
