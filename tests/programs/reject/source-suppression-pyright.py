# expect: DAS009
# a comment that silences pyright
# technique: https://github.com/microsoft/pyright/blob/main/docs/comments.md
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    # pyright: basic
    X = X * 2.0
    return X + 1.0
