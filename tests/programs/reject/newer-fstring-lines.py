# expect: DAS010
# a field over several lines in an f-string of single quotes, new in Python 3.12
# technique: https://peps.python.org/pep-0701/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    if n_samples < 1:
        raise ValueError(f"cannot make {
            n_samples
        } rows")
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
