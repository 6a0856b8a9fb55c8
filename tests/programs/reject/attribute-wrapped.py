# expect: DAS208
# the function under numpy's dispatcher
# technique: https://docs.python.org/3/library/functools.html#functools.update_wrapper
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.mean.__wrapped__
    return X + 1.0
