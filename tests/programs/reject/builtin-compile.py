# expect: DAS203
# text compiled to code
# technique: https://docs.python.org/3/library/functions.html#compile
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = compile("1", "x", "eval")
    return X + 1.0
