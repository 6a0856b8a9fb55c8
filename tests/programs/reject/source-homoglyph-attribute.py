# expect: DAS006, DAS205
# an attribute spelt with letters that Python normalises
# technique: https://peps.python.org/pep-3131/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = X.𝐜𝐭𝐲𝐩𝐞𝐬
    return X + 1.0
