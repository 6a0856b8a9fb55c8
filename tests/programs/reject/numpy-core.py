# expect: DAS202
# numpy's inside, which holds other modules
# technique: https://github.com/Agenta-AI/agenta/security/advisories/GHSA-pmgp-2m3v-34mq
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = np.core.multiarray
    return X + 1.0
