# expect: DAS103
# a parameter is missing
# technique: docs/policy.md
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train):
    return X_train[:n_samples] + 1.0
