# expect: DAS205
# memory written through another dtype
# technique: https://numpy.org/doc/stable/reference/generated/numpy.ndarray.setfield.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    X.setfield(1, int)
    return X + 1.0
