# expect: DAS208
# a guard's name as the target of a loop
# technique: https://github.com/advisories/GHSA-ffg3-p8fm-mjx2
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    for _getitem_ in [len]:
        pass
    return X + 1.0
