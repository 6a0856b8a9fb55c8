# expect: DAS101, DAS111
# defined under a condition
# technique: docs/policy.md
import numpy as np

if True:
    def generate_hard_anomalies(n_samples, model, X_train, rng):
        return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
