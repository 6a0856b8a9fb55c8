# expect: DAS108
# a handler that falls off the end
# technique: docs/policy.md
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    try:
        return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
    except ValueError:
        n_samples = 0
