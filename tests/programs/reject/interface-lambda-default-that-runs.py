# expect: DAS112
# a lambda's default that is computed at import
# technique: https://nvd.nist.gov/vuln/detail/CVE-2025-3248
import numpy as np

scale = lambda x, y=np.ones(3): x * y


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
