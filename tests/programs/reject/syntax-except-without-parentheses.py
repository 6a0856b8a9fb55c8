# expect: DAS010
# two exceptions without parentheses
# technique: https://peps.python.org/pep-0758/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    try:
        X = X + 1.0
    except ValueError, TypeError:
        pass
    return X + 1.0
