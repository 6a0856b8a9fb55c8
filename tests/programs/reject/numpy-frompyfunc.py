# expect: DAS202
# a ufunc over objects
# technique: https://numpy.org/doc/stable/reference/generated/numpy.frompyfunc.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.frompyfunc(len, 1, 1)
    return X + 1.0
