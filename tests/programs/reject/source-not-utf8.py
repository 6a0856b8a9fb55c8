# expect: DAS002
# bytes of Latin-1
# technique: https://peps.python.org/pep-3120/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    # Größe
    X = X * 2.0
    return X + 1.0
