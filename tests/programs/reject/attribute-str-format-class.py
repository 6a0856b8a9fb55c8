# expect: DAS205
# format taken from the class
# technique: https://github.com/advisories/GHSA-xjw2-6jm9-rf67
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = str.format("{0.__class__}", X)
    return X + 1.0
