# expect: DAS306
# bytes, whose methods read the memory of arrays
# technique: https://docs.python.org/3/library/stdtypes.html#bytes.join
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = b"".join([X])
    return X + 1.0
