# expect: DAS216
# the class of dtypes under an imported name
# technique: https://numpy.org/doc/stable/reference/generated/numpy.dtype.html
import numpy as np
from numpy import dtype as Kind


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = Kind("O")
    return X + 1.0
