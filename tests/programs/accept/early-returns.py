import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    n, d = X_train.shape
    if d == 1:
        return X_train[rng.integers(0, n, n_samples)] + 5.0
    elif n < 3:
        return np.tile(X_train.mean(axis=0), (n_samples, 1)) + rng.standard_normal((n_samples, d))
    else:
        for k in range(3, 0, -1):
            if n >= k * d:
                return np.repeat(X_train[:1], n_samples, axis=0) + k * rng.standard_normal((n_samples, d))
        raise RuntimeError("no k fits")
