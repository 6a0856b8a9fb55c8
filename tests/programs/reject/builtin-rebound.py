# expect: DAS211, DAS203
# a guard replaced by another function
# technique: https://docs.python.org/3/reference/executionmodel.html#naming-and-binding
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    getattr = vars
    return X + 1.0
