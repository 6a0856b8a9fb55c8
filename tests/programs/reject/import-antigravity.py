# expect: DAS201
# a module whose import opens a browser, which the environment may name
# technique: https://github.com/HackTricks-wiki/hacktricks/blob/master/src/generic-methodologies-and-resources/python/bypass-python-sandboxes/README.md
import antigravity

import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
