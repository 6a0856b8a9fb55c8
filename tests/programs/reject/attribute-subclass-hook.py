# expect: DAS205
# a class registered with an abstract one
# technique: https://docs.python.org/3/library/abc.html#abc.ABCMeta.register
from collections.abc import Sequence

import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = Sequence.register(list)
    return X + 1.0
