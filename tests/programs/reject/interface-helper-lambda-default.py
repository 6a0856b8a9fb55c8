# expect: DAS112
# a default that holds a lambda with a default
# technique: https://nvd.nist.gov/vuln/detail/CVE-2025-3248
import numpy as np


def scale(x, by=lambda y=np.ones(3): y):
    return x


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
