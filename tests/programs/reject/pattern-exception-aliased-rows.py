# expect: DAS407
# rows under another name in an exception
# technique: https://cwe.mitre.org/data/definitions/209.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    rows = X_train[:5]
    if n_samples < 0:
        raise ValueError(f"{rows}")
    return X + 1.0
