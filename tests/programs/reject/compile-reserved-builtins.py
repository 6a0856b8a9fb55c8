# expect: DAS301
# a name that the compiler keeps
# technique: https://github.com/zopefoundation/RestrictedPython/blob/master/src/RestrictedPython/transformer.py
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    builtins = 1
    return X + 1.0
