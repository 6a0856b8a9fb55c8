# expect: DAS202
# numpy's global state seeded
# technique: https://numpy.org/doc/stable/reference/random/legacy.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.random.seed(0)
    return X + 1.0
