# expect: DAS208
# a dunder before a conversion
# technique: https://peps.python.org/pep-0498/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = f"{X.__class__!r:>10}"
    return X + 1.0
