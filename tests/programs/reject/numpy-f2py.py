# expect: DAS202
# Fortran compiled and loaded
# technique: https://numpy.org/doc/stable/f2py/usage.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.f2py.compile("")
    return X + 1.0
