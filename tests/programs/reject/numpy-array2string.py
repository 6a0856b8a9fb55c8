# expect: DAS202
# a formatter that numpy calls
# technique: https://numpy.org/doc/stable/reference/generated/numpy.array2string.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.array2string(X, formatter={"all": len})
    return X + 1.0
