# expect: DAS205
# the content of an exception
# technique: https://docs.python.org/3/library/exceptions.html#BaseException.args
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    try:
        raise ValueError("x")
    except ValueError as error:
        rows = error.args
    return X + 1.0
