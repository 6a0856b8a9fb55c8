# expect: DAS215
# getattr given to another function
# technique: https://docs.python.org/3/library/functions.html#map
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    leaf = list(map(getattr, [X], ["ctypes"]))
    return X + 1.0
