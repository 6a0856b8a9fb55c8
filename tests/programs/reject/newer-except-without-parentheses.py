# expect: DAS010
# several exceptions without parentheses, new in Python 3.14
# technique: https://peps.python.org/pep-0758/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    try:
        rows = X_train[rng.integers(0, len(X_train), n_samples)]
    except ValueError, IndexError:
        rows = X_train[:n_samples]
    return rows + 1.0
