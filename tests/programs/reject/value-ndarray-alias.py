# expect: DAS216
# the class of arrays under a name of its own
# technique: https://numpy.org/doc/stable/reference/generated/numpy.ndarray.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    Array = np.ndarray
    value = Array((9,), float, X)
    return X + 1.0
