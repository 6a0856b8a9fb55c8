# expect: DAS310
# a future statement that comes late
# technique: https://docs.python.org/3/reference/simple_stmts.html#future-statements
import math
from __future__ import annotations


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
