# expect: DAS202
# numbers evaluated from text
# technique: https://numpy.org/doc/stable/reference/generated/numpy.matrix.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.matrix("1 2")
    return X + 1.0
