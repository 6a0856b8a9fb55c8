# expect: DAS404
# takes the signals that end a run
# technique: https://cwe.mitre.org/data/definitions/396.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    try:
        X = X + 1.0
    except:
        X = X
    return X + 1.0
