# expect: DAS202
# a file opened from a path or an address
# technique: https://numpy.org/doc/stable/reference/generated/numpy.lib.npyio.DataSource.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.lib.npyio.DataSource()
    return X + 1.0
