# expect: DAS401
# an array of objects, as text
# technique: https://numpy.org/doc/stable/reference/arrays.dtypes.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.array([X], dtype="O")
    return X + 1.0
