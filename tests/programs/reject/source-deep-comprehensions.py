# expect: DAS012
# comprehensions in each other: the compilers of Python 3.12 and 3.13 crash
# technique: https://github.com/python/cpython/issues/156091
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    x = [[[[[[[[[[[[[[[[[[[[[[[[[1.0
        for a in range(2)]
        for a in range(2)]
        for a in range(2)]
        for a in range(2)]
        for a in range(2)]
        for a in range(2)]
        for a in range(2)]
        for a in range(2)]
        for a in range(2)]
        for a in range(2)]
        for a in range(2)]
        for a in range(2)]
        for a in range(2)]
        for a in range(2)]
        for a in range(2)]
        for a in range(2)]
        for a in range(2)]
        for a in range(2)]
        for a in range(2)]
        for a in range(2)]
        for a in range(2)]
        for a in range(2)]
        for a in range(2)]
        for a in range(2)]
        for a in range(2)]
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
