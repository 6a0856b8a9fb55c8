# expect: DAS202
# an iterator that writes its operands
# technique: https://numpy.org/doc/stable/reference/generated/numpy.nditer.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.nditer(X)
    return X + 1.0
