# expect: DAS403
# rows as the target of a loop
# technique: https://docs.python.org/3/reference/compound_stmts.html#the-for-statement
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    for X_train[0] in X:
        pass
    return X + 1.0
