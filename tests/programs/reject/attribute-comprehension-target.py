# expect: DAS212
# an attribute as the target of a comprehension
# technique: https://docs.python.org/3/reference/expressions.html#displays-for-lists-sets-and-dictionaries
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = [0 for np.mean in [len]]
    return X + 1.0
