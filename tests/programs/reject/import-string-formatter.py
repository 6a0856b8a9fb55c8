# expect: DAS201
# string.Formatter reaches attributes at run time
# technique: https://github.com/advisories/GHSA-hp3v-5vw7-fx9w
from string import Formatter

import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
