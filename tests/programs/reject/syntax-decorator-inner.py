# expect: DAS209
# a decorator on an inner function
# technique: https://peps.python.org/pep-0614/
from functools import partial

import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    @partial
    def helper(x):
        return x

    return X + 1.0
