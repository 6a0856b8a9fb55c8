# expect: DAS202
# the module behind numpy.linalg, which holds others
# technique: https://github.com/Agenta-AI/agenta/security/advisories/GHSA-pmgp-2m3v-34mq
import numpy as np
from numpy.linalg import lapack_lite


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
