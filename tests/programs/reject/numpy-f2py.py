# expect: DAS202
# numpy's surface of files, native code and global state
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.f2py.compile("")
    return X + 1.0
