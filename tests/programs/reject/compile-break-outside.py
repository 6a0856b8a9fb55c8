# expect: DAS310
# parses, yet does not compile
# technique: https://docs.python.org/3/reference/simple_stmts.html#the-break-statement
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    if len(X) > 3:
        break
    return X + 1.0
