# expect: DAS208
# a name that classes would mangle
# technique: https://docs.python.org/3/reference/expressions.html#private-name-mangling
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    __rows = X
    return X + 1.0
