# expect: DAS202
# annotations evaluated as code
# technique: https://docs.python.org/3/library/typing.html#typing.get_type_hints
import typing

import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = typing.get_type_hints(len)
    return X + 1.0
