# expect: DAS208
# the cells of a function, where guards keep their state
# technique: https://docs.python.org/3/reference/datamodel.html#user-defined-functions
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = (lambda: X).__closure__
    return X + 1.0
