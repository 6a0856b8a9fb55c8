# expect: DAS005
# zero-width space in a text
# technique: https://www.unicode.org/reports/tr36/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    text = "a​b"
    return X + 1.0
