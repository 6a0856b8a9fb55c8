import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    n, d = X_train.shape
    X = X_train[rng.choice(n, size=n_samples, replace=n_samples > n)].copy()
    rows = np.arange(n_samples)
    columns = rng.integers(0, d, size=n_samples)
    X[rows, columns] = X_train.max(axis=0)[columns] * 1.5 + 0.1
    mask = rng.random((n_samples, d)) < 0.3
    X[mask] = rng.normal(size=int(mask.sum()))
    X[..., -1] = np.where(X[..., -1] > 0, X[..., -1], -X[..., -1])
    X[np.ix_(rows[:1], np.arange(d))] += 1.0
    return X[:, ::-1][:, ::-1]
