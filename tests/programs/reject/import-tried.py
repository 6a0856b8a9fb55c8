# expect: DAS201, DAS203
# an import whose failure is handled
# technique: https://docs.python.org/3/library/exceptions.html#ImportError
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    try:
        import cupy
    except ImportError:
        pass
    return X + 1.0
