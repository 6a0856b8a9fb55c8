# expect: DAS205
# an array writes a file
# technique: https://numpy.org/doc/stable/reference/generated/numpy.ndarray.tofile.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    X.tofile("/dev/null")
    return X + 1.0
