# expect: DAS009
# a comment that switches type checking off
# technique: https://mypy.readthedocs.io/en/stable/inline_config.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    # mypy:ignore-errors
    X = X * 2.0
    return X + 1.0
