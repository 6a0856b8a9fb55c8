# expect: DAS212
# an attribute written by an augmented assignment
# technique: https://docs.python.org/3/reference/simple_stmts.html#augmented-assignment-statements
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    X.shape += (1,)
    return X + 1.0
