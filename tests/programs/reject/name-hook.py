# expect: DAS208
# the name of a guard
# technique: https://github.com/advisories/GHSA-ffg3-p8fm-mjx2
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    _getattr_ = len
    return X + 1.0
