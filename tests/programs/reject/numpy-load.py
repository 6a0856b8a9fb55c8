# expect: DAS202
# a file that may hold a pickle
# technique: https://nvd.nist.gov/vuln/detail/CVE-2019-6446
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.load("x.npy")
    return X + 1.0
