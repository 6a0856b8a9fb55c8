# expect: DAS005
# a character that is unassigned in the Unicode of Python 3.11 and not in that of 3.12
# technique: https://www.unicode.org/versions/Unicode15.0.0/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    # shaking face: 🫨
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
