# expect: DAS009
# a comment that silences ruff for the whole file
# technique: https://docs.astral.sh/ruff/linter/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    # ruff:noqa
    X = X * 2.0
    return X + 1.0
