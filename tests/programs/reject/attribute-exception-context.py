# expect: DAS208
# the exception that was handled before
# technique: https://docs.python.org/3/library/exceptions.html#BaseException.__context__
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    try:
        raise ValueError("a")
    except ValueError as error:
        value = error.__context__
    return X + 1.0
