# expect: DAS210
# a subclass let through
# technique: https://numpy.org/doc/stable/reference/generated/numpy.broadcast_to.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.broadcast_to(X, X.shape, subok=True)
    return X + 1.0
