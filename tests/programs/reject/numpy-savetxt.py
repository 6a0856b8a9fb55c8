# expect: DAS202
# a file written
# technique: https://numpy.org/doc/stable/reference/generated/numpy.savetxt.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.savetxt("x", X)
    return X + 1.0
