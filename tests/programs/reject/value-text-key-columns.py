# expect: DAS217
# a name looked up in the caller, from an import
# technique: https://numpy.org/doc/stable/reference/generated/numpy.c_.html
import numpy as np
from numpy import c_



def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = c_["__all__"]
    return X + 1.0
