# expect: DAS208
# a dunder as text
# technique: https://docs.python.org/3/library/functions.html#getattr
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    leaf = getattr(X, "__class__")
    return X + 1.0
