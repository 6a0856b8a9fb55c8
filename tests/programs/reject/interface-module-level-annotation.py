# expect: DAS112
# an annotation that runs at import
# technique: https://peps.python.org/pep-0526/
import numpy as np

WEIGHT: np.zeros(3) = 1.0


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
