# expect: DAS205
# a method that is permitted on lists, on the rows
# technique: docs/policy.md
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X_train.extend([1.0])
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
