# expect: DAS407
# an exception with rows, made before it is raised
# technique: https://cwe.mitre.org/data/definitions/209.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    error = ValueError(X_train[0])
    if n_samples < 0:
        raise error
    return X + 1.0
