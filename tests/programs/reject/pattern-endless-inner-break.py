# expect: DAS501
# the only break leaves an inner loop
# technique: https://cwe.mitre.org/data/definitions/835.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    while True:
        for step in range(3):
            break
    return X + 1.0
