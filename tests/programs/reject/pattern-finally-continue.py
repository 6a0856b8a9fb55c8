# expect: DAS408
# a loop that drops what ends a run
# technique: https://peps.python.org/pep-0765/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    for _ in range(3):
        try:
            X = X + 1.0
        finally:
            continue
    return X + 1.0
