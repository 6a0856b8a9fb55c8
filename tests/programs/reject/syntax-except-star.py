# expect: DAS209
# except* leaks exception groups (CVE-2025-22153)
# technique: https://github.com/zopefoundation/RestrictedPython/security/advisories/GHSA-gmj9-h825-chq2
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    try:
        X = X + 1.0
    except* ValueError:
        pass
    return X + 1.0
