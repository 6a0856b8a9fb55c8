# expect: DAS108
# a loop that may end without a return
# technique: docs/policy.md
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    for row in X_train:
        return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
