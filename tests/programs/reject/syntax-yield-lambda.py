# expect: DAS209
# a lambda that is a generator
# technique: https://docs.python.org/3/reference/expressions.html#yield-expressions
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = (lambda: (yield))()
    return X + 1.0
