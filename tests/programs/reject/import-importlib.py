# expect: DAS201
# importing by name
# technique: https://docs.python.org/3/library/importlib.html#importlib.import_module
import importlib

import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = importlib.import_module("os")
    return X + 1.0
