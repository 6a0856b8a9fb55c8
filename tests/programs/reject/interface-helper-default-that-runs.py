# expect: DAS112
# a default of a helper that is computed at import
# technique: https://nvd.nist.gov/vuln/detail/CVE-2025-3248
import numpy as np


def scale(x, y=np.ones(3)):
    return x * y


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    return X + 1.0
