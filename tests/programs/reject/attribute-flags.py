# expect: DAS205
# a read-only array made writeable
# technique: https://numpy.org/doc/stable/reference/generated/numpy.ndarray.flags.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    X_train.flags.writeable = True
    return X + 1.0
