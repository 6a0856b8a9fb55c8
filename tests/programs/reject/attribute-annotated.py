# expect: DAS212
# an attribute written by an annotated assignment
# technique: https://peps.python.org/pep-0526/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    np.mean: float = len
    return X + 1.0
