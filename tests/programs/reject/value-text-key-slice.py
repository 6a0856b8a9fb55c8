# expect: DAS217
# text as an index
# technique: https://numpy.org/doc/stable/reference/generated/numpy.s_.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.s_[f"{n_samples}"]
    return X + 1.0
