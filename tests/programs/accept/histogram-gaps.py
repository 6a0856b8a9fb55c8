import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Puts values into empty bins of each column."""
    n, d = X_train.shape
    X = X_train[rng.integers(0, n, n_samples)] + 0.05 * rng.normal(size=(n_samples, d))
    for j in range(d):
        counts, edges = np.histogram(X_train[:, j], bins=min(30, max(2, n // 4)))
        empty = np.flatnonzero(counts == 0)
        if empty.size == 0:
            continue
        chosen = rng.random(n_samples) < 0.4
        if not chosen.any():
            continue
        bins = rng.choice(empty, size=int(chosen.sum()))
        X[chosen, j] = edges[bins] + rng.random(bins.size) * np.diff(edges)[bins]
    return X
