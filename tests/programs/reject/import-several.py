# expect: DAS201
# one permitted, one not
# technique: https://docs.python.org/3/reference/simple_stmts.html#the-import-statement
import math, socket


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
