# expect: DAS002
# an overlong form of a slash
# technique: https://www.unicode.org/reports/tr36/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    text = "À¯"
    return X + 1.0
