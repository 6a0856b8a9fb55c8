# expect: DAS501
# a loop over an endless counter
# technique: https://docs.python.org/3/library/itertools.html#itertools.count
import itertools

import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    for step in itertools.count():
        X = X + step
    return X + 1.0
