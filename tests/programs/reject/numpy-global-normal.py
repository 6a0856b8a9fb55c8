# expect: DAS202
# randomness from numpy's global state
# technique: https://numpy.org/doc/stable/reference/random/legacy.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.random.normal(size=3)
    return X + 1.0
