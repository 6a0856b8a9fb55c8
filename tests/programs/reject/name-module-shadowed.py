# expect: DAS211
# numpy replaced by something else
# technique: https://docs.python.org/3/reference/executionmodel.html#naming-and-binding
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    np = X
    return X + 1.0
