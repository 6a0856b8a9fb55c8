# expect: DAS009
# a comment that would silence this very gate
# technique: docs/policy.md
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    X = X * 2.0  # llmdas: ignore
    return X + 1.0
