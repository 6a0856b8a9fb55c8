# expect: DAS010
# a space that Python does not read as one
# technique: https://docs.python.org/3/reference/lexical_analysis.html#whitespace-between-tokens
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    X = X * 2.0
    return X + 1.0
