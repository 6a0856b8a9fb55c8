# expect: DAS009
# a comment that silences linters
# technique: https://flake8.pycqa.org/en/latest/user/violations.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    X = X * 2.0  # noqa: S101
    return X + 1.0
