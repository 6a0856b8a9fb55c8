# expect: DAS217
# a name to look up, under a name of its own
# technique: https://numpy.org/doc/stable/reference/generated/numpy.r_.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    key = "WRITABLE"
    value = np.r_[key]
    return X + 1.0
