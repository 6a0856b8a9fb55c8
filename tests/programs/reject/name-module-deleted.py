# expect: DAS211
# numpy deleted
# technique: https://docs.python.org/3/reference/simple_stmts.html#the-del-statement
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    del np
    return X + 1.0
