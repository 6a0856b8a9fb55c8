# expect: DAS208
# a function's globals
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    table = np.mean.__globals__
    return X + 1.0
