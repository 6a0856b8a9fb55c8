# expect: DAS010
# an annotation that assigns: accepted before Python 3.14, refused since
# technique: https://peps.python.org/pep-0649/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    rows: (kind := float) = X_train[rng.integers(0, len(X_train), n_samples)]
    return rows + 1.0
