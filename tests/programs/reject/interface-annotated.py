# expect: DAS107
# the name annotated at module level
# technique: https://peps.python.org/pep-0526/
import numpy as np

generate_hard_anomalies: float


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
