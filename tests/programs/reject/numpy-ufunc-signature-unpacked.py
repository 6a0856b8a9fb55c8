# expect: DAS210
# a refused keyword inside an unpacked dict
# technique: https://docs.python.org/3/reference/expressions.html#calls
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.add(X, 1.0, **{"signature": "OO->O"})
    return X + 1.0
