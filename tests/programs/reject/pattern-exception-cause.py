# expect: DAS407
# rows in the cause of an exception
# technique: https://docs.python.org/3/reference/simple_stmts.html#the-raise-statement
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    if n_samples < 0:
        raise ValueError("a") from KeyError(X_train[0, 0])
    return X + 1.0
