# expect: DAS208
# a guard's name bound by an import
# technique: https://github.com/advisories/GHSA-ffg3-p8fm-mjx2
from math import floor as _apply_

import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
