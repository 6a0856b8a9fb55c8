# expect: DAS209
# an asynchronous generator in a plain function
# technique: https://peps.python.org/pep-0530/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = (x async for x in X)
    return X + 1.0
