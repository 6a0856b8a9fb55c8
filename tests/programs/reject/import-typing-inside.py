# expect: DAS202
# sys through the module of types
# technique: https://nvd.nist.gov/vuln/detail/CVE-2025-5120
from typing import sys

import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
