# expect: DAS207
# the generator's native state
# technique: https://numpy.org/doc/stable/reference/random/bit_generators/index.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    state = rng.bit_generator
    return X + 1.0
