# expect: DAS203
# a builtin under another name
# technique: https://docs.python.org/3/library/functions.html#eval
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    run = eval
    run("1")
    return X + 1.0
