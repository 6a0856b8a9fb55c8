# expect: DAS203
# a handler that also takes what ends a run
# technique: https://github.com/advisories/GHSA-89v8-rhwq-hf77
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    try:
        raise ValueError
    except BaseException:
        pass
    return X + 1.0
