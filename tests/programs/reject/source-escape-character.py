# expect: DAS004
# a terminal escape in a comment
# technique: https://cwe.mitre.org/data/definitions/150.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    # one[2Ktwo
    X = X * 2.0
    return X + 1.0
