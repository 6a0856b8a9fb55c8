# expect: DAS215
# getattr called later
# technique: https://docs.python.org/3/library/functools.html#functools.partial
from functools import partial

import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = partial(getattr, X)("ctypes")
    return X + 1.0
