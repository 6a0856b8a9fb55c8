# expect: DAS112
# a comprehension at import
# technique: docs/policy.md
import numpy as np

WEIGHTS = [i * 2.0 for i in range(5)]


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
