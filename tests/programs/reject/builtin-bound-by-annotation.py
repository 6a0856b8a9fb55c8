# expect: DAS203
# an annotation without a value makes the name look bound
# technique: https://peps.python.org/pep-0526/
import numpy as np

memoryview: float


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = memoryview(X)
    return X + 1.0
