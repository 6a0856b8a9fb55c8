# expect: DAS208
# the inside of the detector
# technique: https://docs.python.org/3/reference/datamodel.html#object.__dict__
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    state = model.__dict__
    return X + 1.0
