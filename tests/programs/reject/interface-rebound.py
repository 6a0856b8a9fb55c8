# expect: DAS107
# defined and then bound to something else
# technique: docs/policy.md
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0


generate_hard_anomalies = None
