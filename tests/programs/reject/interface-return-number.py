# expect: DAS109
# a number instead of rows
# technique: docs/policy.md
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    if n_samples < 1:
        return -1
    return X + 1.0
