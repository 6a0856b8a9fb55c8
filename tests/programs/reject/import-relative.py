# expect: DAS214
# a relative import
# technique: https://docs.python.org/3/reference/simple_stmts.html#the-import-statement
from . import secrets


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
