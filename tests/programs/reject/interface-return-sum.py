# expect: DAS109
# a constant that is added up
# technique: docs/policy.md
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    if n_samples < 1:
        return 1.0 + 1.0
    return X + 1.0
