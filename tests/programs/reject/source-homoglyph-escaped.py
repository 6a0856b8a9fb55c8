# expect: DAS006
# an escaped letter hides a name outside ASCII in an f-string
# technique: https://www.unicode.org/reports/tr39/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    сount = 1
    text = f"\u0441{сount}"
    return X + 1.0
