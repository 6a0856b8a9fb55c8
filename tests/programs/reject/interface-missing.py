# expect: DAS101
# no function of that name
# technique: docs/policy.md
import numpy as np


def generate_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
