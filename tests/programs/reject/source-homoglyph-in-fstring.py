# expect: DAS006
# a name outside ASCII inside an f-string
# technique: https://www.unicode.org/reports/tr39/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    сount = 1
    text = f"{сount}"
    return X + 1.0
