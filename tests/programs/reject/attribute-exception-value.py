# expect: DAS205
# the value that a generator returned
# technique: https://docs.python.org/3/library/exceptions.html#StopIteration
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    try:
        value = next(iter([]))
    except StopIteration as error:
        value = error.value
    return X + 1.0
