# expect: DAS108
# one branch of a conditional expression is None
# technique: docs/policy.md
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
    return None if np.allclose(X, 0.0) else X
