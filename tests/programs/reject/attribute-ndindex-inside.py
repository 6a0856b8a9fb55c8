# expect: DAS208
# the iterator inside of np.ndindex
# technique: https://numpy.org/doc/stable/reference/generated/numpy.ndindex.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.ndindex(3)._it
    return X + 1.0
