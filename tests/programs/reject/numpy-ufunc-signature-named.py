# expect: DAS210
# a refused keyword inside a dict with a name
# technique: https://docs.python.org/3/reference/expressions.html#calls
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    options = {"signature": "OO->O"}
    value = np.add(X, 1.0, **options)
    return X + 1.0
