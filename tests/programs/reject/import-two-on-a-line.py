# expect: DAS201
# a second import after a semicolon
# technique: https://docs.python.org/3/reference/compound_stmts.html#compound-statements
import math; import subprocess

import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
