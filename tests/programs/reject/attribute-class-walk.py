# expect: DAS208
# the classic walk to every class
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    leaf = ().__class__.__base__.__subclasses__()
    return X + 1.0
