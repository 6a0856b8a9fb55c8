# expect: DAS216
# the class of generators passed on
# technique: https://numpy.org/doc/stable/reference/random/generator.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = (np.random.Generator, 1)
    return X + 1.0
