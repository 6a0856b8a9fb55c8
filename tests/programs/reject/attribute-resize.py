# expect: DAS205, DAS210
# memory freed under a view
# technique: https://numpy.org/doc/stable/reference/generated/numpy.ndarray.resize.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    X.resize((1, 1), refcheck=False)
    return X + 1.0
