# expect: DAS205
# an array's address
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    address = X.ctypes
    return X + 1.0
