# expect: DAS202 DAS410
# numpy's global generator seeded from the machine: other rows at every call, under any contract
# technique: https://numpy.org/doc/stable/reference/random/generated/numpy.random.seed.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    np.random.seed()
    return X + 1.0
