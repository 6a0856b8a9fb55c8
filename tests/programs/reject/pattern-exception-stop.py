# expect: DAS407
# rows as the value of StopIteration
# technique: https://docs.python.org/3/library/exceptions.html#StopIteration
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    if n_samples < 0:
        raise StopIteration(X_train)
    return X + 1.0
