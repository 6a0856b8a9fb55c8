# expect: DAS210
# native code calls back into the program
# technique: https://numpy.org/doc/stable/reference/generated/numpy.errstate.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    with np.errstate(call=len):
        X = X / 2.0
    return X + 1.0
