# expect: DAS210, DAS406
# print given a stream
# technique: https://docs.python.org/3/library/functions.html#print
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    print(X, file=None)
    return X + 1.0
