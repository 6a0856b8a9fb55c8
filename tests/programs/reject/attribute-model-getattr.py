# expect: DAS206
# another method of the detector, by its name
# technique: docs/policy.md
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = getattr(model, "decision_function")
    return X + 1.0
