# expect: DAS215
# the real name comes out of a starred list
# technique: https://docs.python.org/3/reference/expressions.html#calls
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = getattr(*[X, "ctypes"], "shape")
    return X + 1.0
