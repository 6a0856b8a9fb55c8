# expect: DAS007  -*- coding: raw_unicode_escape -*-
# an encoding that turns escapes in comments into code
# technique: https://github.com/HackTricks-wiki/hacktricks/blob/master/src/generic-methodologies-and-resources/python/bypass-python-sandboxes/README.md
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    # scale \u000aX = X * 3.0
    X = X * 2.0
    return X + 1.0
