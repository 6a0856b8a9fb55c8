# expect: DAS216
# the class of arrays called through its type
# technique: https://docs.python.org/3/library/stdtypes.html#types-genericalias
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.ndarray[int, float]((3,), float, np.arange(6.0), 8)
    return X + 1.0
