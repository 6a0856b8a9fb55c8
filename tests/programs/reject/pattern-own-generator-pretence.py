# expect: DAS402
# the given generator named, and not drawn from
# technique: https://numpy.org/doc/stable/reference/random/generator.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    X = X + np.random.default_rng(rng is None).normal(size=X.shape)
    return X + 1.0
