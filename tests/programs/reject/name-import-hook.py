# expect: DAS208
# the hook that imports go through
# technique: https://github.com/advisories/GHSA-ffg3-p8fm-mjx2
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    _import_ = len
    return X + 1.0
