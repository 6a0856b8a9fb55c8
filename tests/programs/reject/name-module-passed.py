# expect: DAS213
# a module given away
# technique: https://github.com/Agenta-AI/agenta/security/advisories/GHSA-pmgp-2m3v-34mq
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    parts = [np, X]
    return X + 1.0
