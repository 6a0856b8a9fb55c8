# expect: DAS203
# a builtin smuggled in as a lambda's default
# technique: https://nvd.nist.gov/vuln/detail/CVE-2025-3248
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = (lambda text, run=eval: run(text))("1")
    return X + 1.0
