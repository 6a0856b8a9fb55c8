# expect: DAS209
# a global statement
# technique: https://docs.python.org/3/reference/simple_stmts.html#the-global-statement
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    global state
    state = X
    return X + 1.0
