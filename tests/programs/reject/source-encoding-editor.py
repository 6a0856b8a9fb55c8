# expect: DAS007
# an encoding declared for an editor, vim: set fileencoding=utf-7 :
# technique: https://peps.python.org/pep-0263/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
