import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Uses values that no row of the other half has: what is rare on one side is put where it never occurs."""
    n, d = X_train.shape
    half = n // 2
    X = np.empty((n_samples, d))
    for j in range(d):
        levels = np.round(X_train[:, j], 1)
        left, right = levels[:half], levels[half:]
        both = np.intersect1d(left, right)
        only_left = np.setdiff1d(left, right)
        only_one = np.setxor1d(left, right)
        every = np.union1d(left, right)
        pool = only_one if only_one.size else every
        values, first, inverse, counts = np.unique(levels, return_index=True, return_inverse=True, return_counts=True)
        rare = values[counts == counts.min()]
        drawn = rng.choice(pool, size=n_samples)
        clash = np.isin(drawn, both)
        drawn[clash] = rng.choice(rare, size=int(clash.sum()))
        X[:, j] = drawn + 0.05 * (1 + len(only_left)) / (1 + first.size) + 0.0 * inverse[0]
    return X + rng.normal(0.0, 0.02, size=X.shape)
