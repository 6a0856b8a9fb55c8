# expect: DAS403
# a ufunc writes read-only rows
# technique: https://numpy.org/doc/stable/reference/generated/numpy.ufunc.at.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    np.add.at(X_train, 0, 1.0)
    return X + 1.0
