# expect: DAS205
# an attribute that Zope gives a meaning
# technique: https://github.com/zopefoundation/RestrictedPython/blob/master/src/RestrictedPython/transformer.py
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    y = X.x__roles__
    return X + 1.0
