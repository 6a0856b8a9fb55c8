# expect: DAS202
# attributes of a function written by a helper
# technique: https://docs.python.org/3/library/functools.html#functools.update_wrapper
import functools

import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = functools.update_wrapper(len, sum)
    return X + 1.0
