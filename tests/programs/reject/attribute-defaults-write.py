# expect: DAS212
# the defaults of a function replaced
# technique: https://docs.python.org/3/reference/datamodel.html#user-defined-functions
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    def scale(x, by=1.0):
        return x * by

    scale.__defaults__ = (2.0,)
    return X + 1.0
