# expect: DAS213
# numpy as the values of a text
# technique: https://docs.python.org/3/library/stdtypes.html#printf-style-string-formatting
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = "%(mean)s" % np
    return X + 1.0
