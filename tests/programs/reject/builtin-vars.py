# expect: DAS203
# the attributes of an object as a dict
# technique: https://docs.python.org/3/library/functions.html#vars
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = vars()
    return X + 1.0
