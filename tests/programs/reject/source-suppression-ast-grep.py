# expect: DAS009
# the one comment that ast-grep itself would honour
# technique: https://ast-grep.github.io/guide/project/severity.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    # ast-grep-ignore
    X = X * 2.0
    return X + 1.0
