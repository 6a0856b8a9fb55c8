# expect: DAS009
# a comment that hides code from coverage
# technique: https://coverage.readthedocs.io/en/latest/excluding.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    X = X * 2.0  # pragma: no cover
    return X + 1.0
