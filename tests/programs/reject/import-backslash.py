# expect: DAS201
# the module's name on a continued line
# technique: https://docs.python.org/3/reference/lexical_analysis.html#explicit-line-joining
import \
    socket

import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
