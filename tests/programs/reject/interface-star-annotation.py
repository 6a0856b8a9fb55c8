# expect: DAS111
# an annotation unpacked at import
# technique: https://peps.python.org/pep-0646/
import numpy as np


def scale(*x: *range(3)):
    return x


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
