# expect: DAS216
# a maker of generators under another name
# technique: https://numpy.org/doc/stable/reference/random/generator.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    make = [np.random.default_rng][0]
    X = X + make().normal(size=X.shape)
    return X + 1.0
