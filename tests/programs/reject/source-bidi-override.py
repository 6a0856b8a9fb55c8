# expect: DAS005
# bidirectional override in a comment (CVE-2021-42574)
# technique: https://trojansource.codes/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    # ‮ erased ⁦ if False: ⁩
    X = X * 2.0
    return X + 1.0
