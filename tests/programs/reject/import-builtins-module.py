# expect: DAS201
# every builtin through their module
# technique: https://docs.python.org/3/library/builtins.html
import builtins

import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
