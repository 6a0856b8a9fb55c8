# expect: DAS009
# ast-grep's own comment behind other words
# technique: https://ast-grep.github.io/guide/project/severity.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    X = X * 2.0  # scale, ast-grep-ignore
    return X + 1.0
