# Stands for: shuffle in place of one's own copy, permutation, a helper function beside the interface's.
# Warns: DAS504
import numpy as np


def _shuffled_columns(X, n_rows):
    shuffled = X.copy()
    for j in range(shuffled.shape[1]):
        np.random.shuffle(shuffled[:, j])
    return shuffled[np.random.permutation(len(shuffled))][:n_rows]


def generate_hard_anomalies(n_samples, model, X_train):
    parts = []
    n_made = 0
    while n_made < n_samples:
        part = _shuffled_columns(X_train, n_samples - n_made)
        parts.append(part + np.random.laplace(0.0, 1e-3, part.shape))
        n_made += len(part)
    return np.vstack(parts)
