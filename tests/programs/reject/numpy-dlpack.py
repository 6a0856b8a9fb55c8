# expect: DAS202
# memory shared with other libraries
# technique: https://numpy.org/doc/stable/reference/generated/numpy.from_dlpack.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.from_dlpack(X)
    return X + 1.0
