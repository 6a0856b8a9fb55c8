# expect: DAS203
# the builtin behind format specifiers
# technique: https://docs.python.org/3/library/functions.html#format
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = format(X, "")
    return X + 1.0
