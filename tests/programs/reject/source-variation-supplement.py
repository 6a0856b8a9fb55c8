# expect: DAS005
# supplementary selectors, which can carry any bytes
# technique: https://www.unicode.org/reports/tr36/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    # a󠄀b
    X = X * 2.0
    return X + 1.0
