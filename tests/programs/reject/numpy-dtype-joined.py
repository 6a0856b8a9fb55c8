# expect: DAS401
# a dtype put together at run time
# technique: https://numpy.org/doc/stable/reference/arrays.dtypes.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = X.astype("".join(["O"]))
    return X + 1.0
