# expect: DAS209
# class patterns read attributes without a guard
# technique: https://peps.python.org/pep-0634/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    match X:
        case float(real=part):
            X = part
    return X + 1.0
