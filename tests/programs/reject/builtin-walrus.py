# expect: DAS211, DAS203
# a guard replaced inside an expression
# technique: https://peps.python.org/pep-0572/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = (getattr := vars)
    return X + 1.0
