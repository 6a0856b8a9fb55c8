# expect: DAS107
# bound again inside a lambda
# technique: https://peps.python.org/pep-0572/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0


keep = lambda: (generate_hard_anomalies := None)
