# expect: DAS205
# text turned into bytes
# technique: https://docs.python.org/3/library/stdtypes.html#str.encode
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = "a".encode()
    return X + 1.0
