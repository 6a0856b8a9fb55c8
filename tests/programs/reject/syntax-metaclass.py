# expect: DAS209, DAS203
# a metaclass takes over attribute access
import numpy as np


class Helper(metaclass=type):
    pass


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    return X + 1.0
