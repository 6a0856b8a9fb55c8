# expect: DAS209
# a generator function carries a frame
# technique: https://github.com/zopefoundation/RestrictedPython/security/advisories/GHSA-wqc8-x2pr-7jqh
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    def inner():
        yield X

    X = next(inner())
    return X + 1.0
