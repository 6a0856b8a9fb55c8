# expect: DAS205
# format reaches attributes at run time (Armin Ronacher, 2016)
# technique: https://github.com/advisories/GHSA-xjw2-6jm9-rf67
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    text = "{0.__class__}".format(X)
    return X + 1.0
