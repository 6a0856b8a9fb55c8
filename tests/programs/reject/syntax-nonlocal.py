# expect: DAS209
# a nonlocal statement
# technique: https://docs.python.org/3/reference/simple_stmts.html#the-nonlocal-statement
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    def inner():
        nonlocal X
        X = X + 1.0
        return X

    X = inner()
    return X + 1.0
