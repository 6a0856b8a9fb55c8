# expect: DAS009
# semgrep's short form
# technique: https://semgrep.dev/docs/ignoring-files-folders-code
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    X = X * 2.0  # nosem
    return X + 1.0
