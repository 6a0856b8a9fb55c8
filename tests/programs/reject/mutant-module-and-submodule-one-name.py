# expect: DAS211
# one name for a module and for a submodule of another
# technique: docs/policy.md
import math as lib
from numpy import linalg as lib


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
