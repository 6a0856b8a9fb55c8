# expect: DAS216
# the class of arrays called under an imported name
# technique: https://numpy.org/doc/stable/reference/generated/numpy.ndarray.html
import numpy as np
from numpy import ndarray as Make


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = Make((3,))
    return X + 1.0
