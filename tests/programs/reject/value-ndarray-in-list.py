# expect: DAS216
# the class of arrays called under another name, over addresses
# technique: https://numpy.org/doc/stable/reference/generated/numpy.ndarray.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    make = [np.ndarray][0]
    value = make((1,), "".join(["O"]), np.array([1 << 20], dtype=np.int64))
    return X + 1.0
