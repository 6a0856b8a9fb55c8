# expect: DAS310
# two stars among the targets
# technique: https://peps.python.org/pep-3132/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    *a, *b = X
    return X + 1.0
