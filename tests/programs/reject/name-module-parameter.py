# expect: DAS213
# numpy given as a default
# technique: https://nvd.nist.gov/vuln/detail/CVE-2025-3248
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    def helper(m=np):
        return m

    return X + 1.0
