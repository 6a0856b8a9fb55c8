# expect: DAS010
# quotes of the same kind inside an f-string
# technique: https://peps.python.org/pep-0701/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = f"{X.dtype.name + "a"}"
    return X + 1.0
