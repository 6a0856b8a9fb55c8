# expect: DAS501
# a sentinel that never comes
# technique: https://docs.python.org/3/library/functions.html#iter
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    for step in iter(int, 1):
        X = X + step
    return X + 1.0
