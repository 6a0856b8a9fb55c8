# expect: DAS010
# a backslash in a field of an f-string, new in Python 3.12
# technique: https://peps.python.org/pep-0701/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    if n_samples < 1:
        raise ValueError(f"cannot make rows: {'\n'.join([str(n_samples)])}")
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
