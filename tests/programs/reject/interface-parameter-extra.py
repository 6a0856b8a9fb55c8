# expect: DAS103
# a parameter more
# technique: docs/policy.md
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng, scale):
    return X_train[rng.integers(0, len(X_train), n_samples)] * scale
