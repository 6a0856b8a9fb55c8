# expect: DAS010
# type parameters, new in Python 3.12
# technique: https://peps.python.org/pep-0695/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    def first[T](values: list[T]) -> T:
        return values[0]

    return X_train[rng.integers(0, len(X_train), n_samples)] + first([1.0])
