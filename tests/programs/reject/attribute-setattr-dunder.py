# expect: DAS208
# an attribute written by its method
# technique: https://docs.python.org/3/reference/datamodel.html#object.__setattr__
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = X.__setattr__("shape", (1,))
    return X + 1.0
