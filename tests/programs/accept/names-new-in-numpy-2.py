from typing import TypeAlias

import numpy as np

Count: TypeAlias = int
Rows: TypeAlias = np.ndarray


def generate_hard_anomalies(n_samples: Count, model, X_train: Rows, rng) -> Rows:
    """The names of the array API standard, which newer models like to write."""
    n, d = X_train.shape
    drawn = X_train[rng.integers(0, n, n_samples)]
    doubled = np.concat([drawn, np.permute_dims(np.matrix_transpose(drawn), (1, 0))])
    walk = np.cumulative_sum(rng.normal(0.0, 0.3, size=n_samples))
    growth = np.cumulative_prod(np.full(n_samples, 1.01))
    length = np.sqrt(np.vecdot(drawn, drawn)) + np.linalg.vecdot(drawn, drawn) * 0.0
    turned = np.matrix_transpose(np.matrix_transpose(drawn))
    assert not np.iscomplex(turned).any()
    strength = np.pow(1.0 + length, 0.5) + walk * growth
    out = doubled[:n_samples] + strength[:, None] * np.where(turned < 0, -1.0, 1.0)
    return out.astype(np.single).astype(np.double)
