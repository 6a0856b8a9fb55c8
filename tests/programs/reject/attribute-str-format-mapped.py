# expect: DAS205
# format called by map
# technique: https://github.com/advisories/GHSA-xjw2-6jm9-rf67
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = list(map("{0.__class__}".format, [X]))
    return X + 1.0
