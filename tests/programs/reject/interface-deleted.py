# expect: DAS111
# defined and deleted
# technique: https://docs.python.org/3/reference/simple_stmts.html#the-del-statement
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0


del generate_hard_anomalies
