# expect: DAS214
# names nobody sees
# technique: https://docs.python.org/3/reference/simple_stmts.html#the-import-statement
from numpy import *


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
