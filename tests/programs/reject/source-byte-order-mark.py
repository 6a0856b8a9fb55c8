# expect: DAS003
# a byte order mark
# technique: https://docs.python.org/3/reference/lexical_analysis.html#encoding-declarations
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
