# expect: DAS202
# a container whose making runs code
# technique: https://docs.python.org/3/library/collections.html#collections.namedtuple
import collections

import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = collections.namedtuple("A", "b")
    return X + 1.0
