# expect: DAS209
# a pattern that looks up a dotted name
# technique: https://peps.python.org/pep-0634/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    match n_samples:
        case np.inf:
            pass
    return X + 1.0
