# expect: DAS203
# the names of the module as a dict
# technique: https://docs.python.org/3/library/functions.html#globals
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = globals()
    return X + 1.0
