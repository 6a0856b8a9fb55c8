# expect: DAS004, DAS010
# a bare carriage return starts a line that editors hide
# technique: https://docs.python.org/3/reference/lexical_analysis.html#physical-lines
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    # scale    X = X * 2.0
    return X + 1.0
