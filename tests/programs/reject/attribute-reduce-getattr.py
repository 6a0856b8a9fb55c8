# expect: DAS215
# getattr folded over names
# technique: https://docs.python.org/3/library/functools.html#functools.reduce
import functools

import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    leaf = functools.reduce(getattr, ["a", "b"], X)
    return X + 1.0
