# expect: DAS217
# an index object under another name
# technique: https://numpy.org/doc/stable/reference/generated/numpy.r_.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    join = np.r_
    value = join["WRITABLE"]
    return X + 1.0
