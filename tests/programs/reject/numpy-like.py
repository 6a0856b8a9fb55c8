# expect: DAS210
# numpy calls the protocol of another object
# technique: https://numpy.org/neps/nep-0035-array-creation-dispatch-with-array-function.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.array([1.0], like=X)
    return X + 1.0
