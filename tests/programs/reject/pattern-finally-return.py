# expect: DAS408
# a return that drops what ends a run
# technique: https://cwe.mitre.org/data/definitions/584.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    try:
        X = X + 1.0
    finally:
        return X
    return X + 1.0
