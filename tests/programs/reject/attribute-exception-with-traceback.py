# expect: DAS205
# a traceback of one's own
# technique: https://docs.python.org/3/library/exceptions.html#BaseException.with_traceback
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    raise ValueError("a").with_traceback(None)
    return X + 1.0
