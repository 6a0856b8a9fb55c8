# expect: DAS204
# a name that is spelt wrong
# technique: https://docs.python.org/3/reference/executionmodel.html#naming-and-binding
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    Y = X_trian + 1.0
    return X + 1.0
