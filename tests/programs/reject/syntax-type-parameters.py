# expect: DAS010
# type parameters, whose bounds run later
# technique: https://peps.python.org/pep-0695/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    def helper[T](x: T) -> T:
        return x

    return X + 1.0
