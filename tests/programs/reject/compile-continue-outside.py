# expect: DAS310
# parses, yet does not compile
# technique: https://docs.python.org/3/reference/simple_stmts.html#the-continue-statement
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    if n_samples > 3:
        continue
    return X + 1.0
