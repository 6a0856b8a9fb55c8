# expect: DAS215
# a name put together in an f-string
# technique: https://github.com/HackTricks-wiki/hacktricks/blob/master/src/generic-methodologies-and-resources/python/bypass-python-sandboxes/README.md
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    part = "cla"
    value = getattr(X, f"__{part}ss__")
    return X + 1.0
