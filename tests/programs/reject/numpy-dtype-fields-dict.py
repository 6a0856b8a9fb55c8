# expect: DAS401
# overlapping fields over one memory
# technique: https://numpy.org/doc/stable/user/basics.rec.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.dtype({"names": ["a", "b"], "formats": ["f8", "i8"], "offsets": [0, 0]})
    return X + 1.0
