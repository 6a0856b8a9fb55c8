# expect: DAS010
# a type statement, whose value runs later
# technique: https://peps.python.org/pep-0695/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    type Rows = list[float]
    return X + 1.0
