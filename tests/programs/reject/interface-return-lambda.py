# expect: DAS109
# a function instead of rows
# technique: docs/policy.md
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return lambda: X_train
