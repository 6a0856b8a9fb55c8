# expect: DAS210
# a ufunc asked for its loop over objects
# technique: https://numpy.org/doc/stable/reference/generated/numpy.ufunc.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.add(X, 1.0, signature="OO->O")
    return X + 1.0
