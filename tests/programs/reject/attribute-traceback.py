# expect: DAS208
# from an exception to its frames
# technique: https://docs.python.org/3/reference/datamodel.html#traceback-objects
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    try:
        raise ValueError("x")
    except ValueError as error:
        frame = error.__traceback__
    return X + 1.0
