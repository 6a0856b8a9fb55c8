# expect: DAS403
# training rows shuffled
# technique: https://numpy.org/doc/stable/reference/random/generated/numpy.random.Generator.shuffle.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    rng.shuffle(X_train)
    return X + 1.0
