# expect: DAS213, DAS216
# the class of arrays read by its name
# technique: https://docs.python.org/3/library/functions.html#getattr
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = getattr(np, "ndarray")
    return X + 1.0
