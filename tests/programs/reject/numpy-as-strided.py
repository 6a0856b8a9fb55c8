# expect: DAS202
# an array over memory that belongs to others
# technique: https://numpy.org/doc/stable/reference/generated/numpy.lib.stride_tricks.as_strided.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.lib.stride_tricks.as_strided(X)
    return X + 1.0
