# expect: DAS009
# a comment that silences bandit
# technique: https://bandit.readthedocs.io/en/latest/config.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    X = X * 2.0  # nosec B102
    return X + 1.0
