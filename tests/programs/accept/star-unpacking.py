import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    first, *rest = X_train.shape
    low, high = bounds = np.quantile(X_train, [0.01, 0.99], axis=0)
    parts = [*bounds, X_train.mean(axis=0)]
    shape = (n_samples, *rest)
    (a, b), c = (0.5, 1.5), 2.0
    options = {"size": shape}
    X = rng.uniform(*(a, b), **options) * c
    return low - X * (high - low + first / first) + parts[-1]
