# expect: DAS203
# a builtin called for every element
# technique: https://docs.python.org/3/library/functions.html#max
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = max(["1", "2"], key=eval)
    return X + 1.0
