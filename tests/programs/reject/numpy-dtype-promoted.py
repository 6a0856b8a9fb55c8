# expect: DAS401
# an object dtype by promotion
# technique: https://numpy.org/doc/stable/reference/generated/numpy.result_type.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.result_type("O", float)
    return X + 1.0
