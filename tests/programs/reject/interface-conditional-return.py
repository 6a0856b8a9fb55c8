# expect: DAS108
# None in one case
# technique: docs/policy.md
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    if n_samples < 1:
        return X if len(X_train) > 3 else None
    return X + 1.0
