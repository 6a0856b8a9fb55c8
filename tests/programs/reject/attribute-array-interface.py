# expect: DAS208
# the address and layout of an array
# technique: https://numpy.org/doc/stable/reference/arrays.interface.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = X.__array_interface__
    return X + 1.0
