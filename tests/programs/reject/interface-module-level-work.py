# expect: DAS112
# a value computed at import
# technique: docs/policy.md
import numpy as np

WEIGHTS = np.linspace(0.0, 1.0, 5)


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
