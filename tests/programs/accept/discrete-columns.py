import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    n, d = X_train.shape
    X = X_train[rng.integers(0, n, n_samples)].copy()
    for j in range(d):
        values, counts = np.unique(X_train[:, j], return_counts=True)
        if len(values) <= 10:
            rare = values[np.argsort(counts)[: max(1, len(values) // 3)]]
            X[:, j] = rng.choice(rare, size=n_samples)
        else:
            lo, hi = np.percentile(X_train[:, j], [1, 99])
            X[:, j] = np.interp(rng.random(n_samples), [0.0, 1.0], [lo - (hi - lo), hi + (hi - lo)])
    return X
