# expect: DAS202
# a file read as numbers
# technique: https://numpy.org/doc/stable/reference/generated/numpy.fromfile.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.fromfile("x")
    return X + 1.0
