# expect: DAS006
# a module spelt with letters that Python normalises
# technique: https://peps.python.org/pep-3131/
import ｏｓ

import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
