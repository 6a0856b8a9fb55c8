# expect: DAS006
# a Cyrillic letter that looks like a Latin one
# technique: https://nvd.nist.gov/vuln/detail/CVE-2021-42694
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    сount = 1
    X = X + сount
    return X + 1.0
