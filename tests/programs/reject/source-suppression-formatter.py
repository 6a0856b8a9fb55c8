# expect: DAS009
# a comment that keeps formatters off
# technique: https://black.readthedocs.io/en/stable/usage_and_configuration/the_basics.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    # fmt: off
    X = X * 2.0
    return X + 1.0
