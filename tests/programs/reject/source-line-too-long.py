# expect: DAS008
# code far to the right
# technique: docs/policy.md
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    X = X * 2.0                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    ; X = X + 1.0
    return X + 1.0
