# expect: DAS202
# a function called for every object
# technique: https://numpy.org/doc/stable/reference/generated/numpy.vectorize.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.vectorize(len)(X)
    return X + 1.0
