# expect: DAS111
# an annotation that is a call
# technique: https://peps.python.org/pep-3107/
import numpy as np


def scale(x: abs(-1)):
    return x


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    return X + 1.0
