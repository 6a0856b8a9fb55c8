# expect: DAS104, DAS112
# a default that is computed at import (default arguments run when the function is defined)
# technique: https://nvd.nist.gov/vuln/detail/CVE-2025-3248
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng=np.zeros(3)):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
