# expect: DAS103
# a parameter under another name
# technique: docs/policy.md
import numpy as np


def generate_hard_anomalies(n_samples, model, data, rng):
    return data[rng.integers(0, len(data), n_samples)] + 1.0
