# expect: DAS010
# tabs and spaces mixed to hide a block
# technique: https://docs.python.org/3/reference/lexical_analysis.html#indentation
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    if n_samples > 3:
        X = X * 2.0
	X = X * 3.0
    return X + 1.0
