# expect: DAS202
# a future that changes what operators mean
# technique: https://peps.python.org/pep-0401/
from __future__ import barry_as_FLUFL

import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
