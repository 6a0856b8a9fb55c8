# expect: DAS217
# text unpacked into an index
# technique: https://peps.python.org/pep-0646/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.r_[*["WRITABLE"]]
    return X + 1.0
