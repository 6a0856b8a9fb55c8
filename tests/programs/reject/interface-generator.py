# expect: DAS105
# a generator is not an array
# technique: https://docs.python.org/3/reference/expressions.html#yield-expressions
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    for i in range(n_samples):
        yield X_train[i] + 1.0
    raise ValueError("over")
