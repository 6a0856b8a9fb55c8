# expect: DAS409
# the bytes of an array read as text
# technique: https://docs.python.org/3/library/stdtypes.html#str
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = str(X, "latin-1")
    return X + 1.0
