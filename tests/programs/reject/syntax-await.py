# expect: DAS209
# a wait outside of a coroutine
# technique: https://peps.python.org/pep-0492/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    await X
    return X + 1.0
