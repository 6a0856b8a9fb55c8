# expect: DAS403
# rows written through a view
# technique: https://numpy.org/doc/stable/reference/generated/numpy.ndarray.T.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    X_train.T[0] = 0.0
    return X + 1.0
