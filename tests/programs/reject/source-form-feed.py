# expect: DAS004
# a form feed in a comment
# technique: https://docs.python.org/3/reference/lexical_analysis.html#indentation
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    # one    two
    X = X * 2.0
    return X + 1.0
