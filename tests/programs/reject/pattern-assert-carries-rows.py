# expect: DAS407
# an assertion's message carries rows
# technique: https://cwe.mitre.org/data/definitions/209.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    assert n_samples > 0, X_train[0]
    return X + 1.0
