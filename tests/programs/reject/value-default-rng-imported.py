# expect: DAS216
# a maker of generators under an imported name
# technique: https://numpy.org/doc/stable/reference/random/generator.html
import numpy as np
from numpy.random import default_rng as make


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    X = X + make(0).normal(size=X.shape)
    return X + 1.0
