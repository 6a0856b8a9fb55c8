# expect: DAS211
# numpy bound by a loop
# technique: https://docs.python.org/3/reference/compound_stmts.html#the-for-statement
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    for np in [X]:
        pass
    return X + 1.0
