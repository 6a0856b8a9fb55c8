# expect: DAS208
# from a type with parameters to its class
# technique: https://docs.python.org/3/library/stdtypes.html#types-genericalias
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = list[int].__origin__
    return X + 1.0
