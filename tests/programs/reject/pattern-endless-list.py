# expect: DAS501
# an endless iterator collected
# technique: https://docs.python.org/3/library/itertools.html#itertools.cycle
import itertools

import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = list(itertools.cycle([1]))
    return X + 1.0
