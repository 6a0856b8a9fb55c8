# expect: DAS009
# a comment that silences type checkers
# technique: https://peps.python.org/pep-0484/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    X = X * 2.0  # type: ignore
    return X + 1.0
