# expect: DAS202
# a read-only array asked for as writeable
# technique: https://numpy.org/doc/stable/reference/generated/numpy.require.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.require(X_train, requirements="W")
    return X + 1.0
