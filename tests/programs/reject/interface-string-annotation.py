# expect: DAS202
# a string annotation, and what evaluates it
# technique: https://docs.python.org/3/library/typing.html#typing.get_type_hints
from typing import get_type_hints

import numpy as np


def scale(x: "__import__('os')"):
    return x


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = get_type_hints(scale)
    return X + 1.0
