# expect: DAS205
# the function inside of a partial
# technique: https://docs.python.org/3/library/functools.html#partial-objects
from functools import partial

import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = partial(len, X).func
    return X + 1.0
