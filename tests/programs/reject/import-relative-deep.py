# expect: DAS214
# a relative import above the package
# technique: https://peps.python.org/pep-0328/
from ... import os
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
