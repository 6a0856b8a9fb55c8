# expect: DAS203
# a class made without a class statement
# technique: https://docs.python.org/3/library/functions.html#type
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = type("Helper", (list,), {})
    return X + 1.0
