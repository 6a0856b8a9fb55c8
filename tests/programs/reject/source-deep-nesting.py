# expect: DAS012
# nesting that exhausts recursive checkers
# technique: https://cwe.mitre.org/data/definitions/674.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    x = --------------------------------------------------------------------------------1
    return X + 1.0
