# expect: DAS208
# code objects
# technique: https://docs.python.org/3/reference/datamodel.html#code-objects
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    code = (lambda: 0).__code__
    return X + 1.0
