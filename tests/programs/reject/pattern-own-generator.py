# expect: DAS402
# randomness that does not repeat
# technique: https://numpy.org/doc/stable/reference/random/generator.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    rng = np.random.default_rng()
    return X + 1.0
