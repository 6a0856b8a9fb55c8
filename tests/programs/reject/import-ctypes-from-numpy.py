# expect: DAS202
# native code through numpy
# technique: https://numpy.org/doc/stable/reference/routines.ctypeslib.html
from numpy import ctypeslib


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
