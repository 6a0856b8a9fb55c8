# expect: DAS205
# the inside of the detector under another name
# technique: docs/policy.md
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    detector = model
    value = detector.decision_function(X)
    return X + 1.0
