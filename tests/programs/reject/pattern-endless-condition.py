# expect: DAS501
# a condition that is always true
# technique: https://cwe.mitre.org/data/definitions/835.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    while 1 == 1:
        X = X + 1.0
    return X + 1.0
