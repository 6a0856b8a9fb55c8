# expect: DAS010
# digits of another script
# technique: https://www.unicode.org/reports/tr36/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    X = X * ٣.0
    return X + 1.0
