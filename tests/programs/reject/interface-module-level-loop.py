# expect: DAS111
# a loop at import
# technique: docs/policy.md
import numpy as np


for step in range(3):
    pass


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
