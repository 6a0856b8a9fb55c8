# expect: DAS202
# files of arrays, with pickles
# technique: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.lib.format.open_memmap("x")
    return X + 1.0
