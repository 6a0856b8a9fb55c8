# expect: DAS216
# the class of arrays passed to a call
# technique: https://numpy.org/doc/stable/reference/generated/numpy.ndarray.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = list(map(np.ndarray, [(2,), (3,)]))
    return X + 1.0
