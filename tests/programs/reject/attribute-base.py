# expect: DAS205
# the array under the read-only one
# technique: https://numpy.org/doc/stable/reference/generated/numpy.ndarray.base.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    buffer = X_train.base
    return X + 1.0
