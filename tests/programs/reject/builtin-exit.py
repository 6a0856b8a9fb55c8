# expect: DAS203
# the process ended from inside
# technique: https://docs.python.org/3/library/constants.html#exit
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    exit()
    return X + 1.0
