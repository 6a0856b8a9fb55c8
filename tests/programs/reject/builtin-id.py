# expect: DAS203
# the address of an object
# technique: https://docs.python.org/3/library/functions.html#id
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = id(X)
    return X + 1.0
