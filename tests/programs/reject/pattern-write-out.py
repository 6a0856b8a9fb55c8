# expect: DAS403
# rows as the output of a function
# technique: https://numpy.org/doc/stable/reference/generated/numpy.ufunc.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    np.add(X_train, 1.0, out=(X_train,))
    return X + 1.0
