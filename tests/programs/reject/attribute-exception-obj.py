# expect: DAS205
# the object whose attribute is missing
# technique: https://nvd.nist.gov/vuln/detail/CVE-2024-47532
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    try:
        value = n_samples.tolist
    except AttributeError as error:
        value = error.obj
    return X + 1.0
