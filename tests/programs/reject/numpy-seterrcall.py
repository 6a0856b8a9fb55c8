# expect: DAS202
# a function that native code calls
# technique: https://numpy.org/doc/stable/reference/generated/numpy.seterrcall.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.seterrcall(print)
    return X + 1.0
