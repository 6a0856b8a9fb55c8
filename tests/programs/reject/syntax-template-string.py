# expect: DAS010
# a template string, which keeps what it embeds
# technique: https://peps.python.org/pep-0750/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = t"{X}"
    return X + 1.0
