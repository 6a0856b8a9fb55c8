# expect: DAS108
# a return without a value
# technique: docs/policy.md
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    if n_samples < 1:
        return
    return X + 1.0
