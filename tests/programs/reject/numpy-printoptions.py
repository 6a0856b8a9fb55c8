# expect: DAS202
# a formatter for the whole process
# technique: https://numpy.org/doc/stable/reference/generated/numpy.set_printoptions.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    np.set_printoptions(formatter={"all": len})
    return X + 1.0
