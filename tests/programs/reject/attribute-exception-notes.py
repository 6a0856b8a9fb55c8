# expect: DAS205
# rows noted on an exception
# technique: https://docs.python.org/3/library/exceptions.html#BaseException.add_note
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    try:
        raise ValueError("a")
    except ValueError as error:
        error.add_note("row")
    return X + 1.0
