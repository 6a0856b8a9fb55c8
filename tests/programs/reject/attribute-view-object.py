# expect: DAS205, DAS401
# numbers read as object pointers
# technique: https://numpy.org/doc/stable/reference/generated/numpy.ndarray.view.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    objects = X.view(dtype="O")
    return X + 1.0
