# expect: DAS205
# an exception thrown into a generator
# technique: https://docs.python.org/3/reference/expressions.html#generator.throw
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = (i for i in range(3)).throw(ValueError("a"))
    return X + 1.0
