# expect: DAS207
# generators that the seed does not name
# technique: https://numpy.org/doc/stable/reference/random/generated/numpy.random.Generator.spawn.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = rng.spawn(2)
    return X + 1.0
