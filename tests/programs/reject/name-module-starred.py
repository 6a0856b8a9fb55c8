# expect: DAS213
# numpy unpacked out of a list
# technique: https://docs.python.org/3/reference/simple_stmts.html#assignment-statements
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    *value, = [np]
    return X + 1.0
