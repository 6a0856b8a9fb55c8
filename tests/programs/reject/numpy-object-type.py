# expect: DAS202
# the scalar type of objects
# technique: https://numpy.org/doc/stable/reference/arrays.scalars.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.zeros(3, np.object_)
    return X + 1.0
