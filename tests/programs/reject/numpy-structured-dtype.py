# expect: DAS401
# a structured dtype with an object field
# technique: https://numpy.org/doc/stable/user/basics.rec.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.zeros(3, dtype=[("a", "O")])
    return X + 1.0
