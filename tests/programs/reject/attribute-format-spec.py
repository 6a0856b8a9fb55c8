# expect: DAS208
# a dunder inside a format specifier
# technique: https://peps.python.org/pep-0498/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = f"{1.0:{X.__class__}}"
    return X + 1.0
