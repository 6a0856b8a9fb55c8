# expect: DAS202
# a file function of numpy under another name
# technique: https://numpy.org/doc/stable/reference/generated/numpy.load.html
from numpy import load as mean


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
