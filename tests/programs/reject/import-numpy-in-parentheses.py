# expect: DAS202
# a file function among harmless names
# technique: https://numpy.org/doc/stable/reference/generated/numpy.savez.html
import numpy as np
from numpy import (mean, savez)


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
