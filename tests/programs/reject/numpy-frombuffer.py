# expect: DAS202
# an array laid over other memory
# technique: https://numpy.org/doc/stable/reference/generated/numpy.frombuffer.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.frombuffer(X)
    return X + 1.0
