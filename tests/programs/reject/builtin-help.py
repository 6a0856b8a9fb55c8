# expect: DAS203
# a pager that starts programs
# technique: https://github.com/HackTricks-wiki/hacktricks/blob/master/src/generic-methodologies-and-resources/python/bypass-python-sandboxes/README.md
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    help()
    return X + 1.0
