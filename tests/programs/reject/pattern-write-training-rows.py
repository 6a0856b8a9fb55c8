# expect: DAS403
# training rows changed
# technique: https://cwe.mitre.org/data/definitions/471.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    X_train[0] = 0.0
    return X + 1.0
