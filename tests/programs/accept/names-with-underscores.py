import numpy as np

_EPS = 1e-9


def _spread(X):
    _, d = X.shape
    _private = X.std(axis=0)
    return np.maximum(_private, _EPS), d


def generate_hard_anomalies(n_samples, model, X_train, rng):
    _s, _ = _spread(X_train)
    return X_train[rng.integers(0, len(X_train), n_samples)] + 4.0 * _s
