# expect: DAS204
# a builtin of Python 2 that runs files
# technique: https://docs.python.org/2/library/functions.html#execfile
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    execfile("x")
    return X + 1.0
