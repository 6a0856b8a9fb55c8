# expect: DAS306
# bytes that format the memory of an array
# technique: https://docs.python.org/3/library/stdtypes.html#printf-style-bytes-formatting
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = b"%b" % X
    return X + 1.0
