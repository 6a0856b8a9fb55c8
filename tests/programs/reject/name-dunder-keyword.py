# expect: DAS208
# an internal name as a keyword
# technique: https://docs.python.org/3/reference/expressions.html#calls
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = dict(__class__=1)
    return X + 1.0
