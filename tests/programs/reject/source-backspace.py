# expect: DAS004
# backspaces that hide what was typed
# technique: https://trojansource.codes/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    # exec fine
    X = X * 2.0
    return X + 1.0
