# expect: DAS310
# two parameters of one name
# technique: https://docs.python.org/3/reference/compound_stmts.html#function-definitions
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    def helper(x, x):
        return x

    return X + 1.0
