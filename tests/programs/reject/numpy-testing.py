# expect: DAS202
# text run by a helper of tests
# technique: https://numpy.org/doc/stable/reference/routines.testing.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.testing.runstring("pass", {})
    return X + 1.0
