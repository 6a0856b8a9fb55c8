# expect: DAS203
# text evaluated
# technique: https://cwe.mitre.org/data/definitions/95.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = eval("1")
    return X + 1.0
