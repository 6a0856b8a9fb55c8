# expect: DAS203
# an attribute written by its name
# technique: https://docs.python.org/3/library/functions.html#setattr
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = setattr(X, "name", 1)
    return X + 1.0
