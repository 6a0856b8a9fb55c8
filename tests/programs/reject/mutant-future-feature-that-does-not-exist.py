# expect: DAS010
# a future feature that no Python has: some refuse it in parsing, others in compiling
# technique: https://docs.python.org/3/library/__future__.html
from __future__ import braces


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
