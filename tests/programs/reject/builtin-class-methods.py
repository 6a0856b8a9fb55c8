# expect: DAS203
# descriptors made by hand
# technique: https://docs.python.org/3/library/functions.html#property
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = property(len)
    return X + 1.0
