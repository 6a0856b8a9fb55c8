# expect: DAS213
# numpy written like a dict
# technique: https://cwe.mitre.org/data/definitions/471.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    np["mean"] = len
    return X + 1.0
