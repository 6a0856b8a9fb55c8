# expect: DAS215
# getattr called under a lambda's parameters
# technique: https://nvd.nist.gov/vuln/detail/CVE-2025-5120
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = (lambda x, name: getattr(x, name))(X, "ctypes")
    return X + 1.0
