# expect: DAS208
# how an object is pickled
# technique: https://docs.python.org/3/library/pickle.html#object.__reduce_ex__
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = X.__reduce_ex__(2)
    return X + 1.0
