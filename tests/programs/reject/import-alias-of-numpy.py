# expect: DAS201
# another module under numpy's usual name
# technique: https://docs.python.org/3/reference/simple_stmts.html#the-import-statement
import os as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
