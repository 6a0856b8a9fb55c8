# expect: DAS203
# the memory of an array
# technique: https://docs.python.org/3/library/stdtypes.html#memoryview
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = memoryview(X)
    return X + 1.0
