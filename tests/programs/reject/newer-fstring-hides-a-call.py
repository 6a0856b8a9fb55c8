# expect: DAS010
# what a reader of Python 3.11 takes for two texts with a call between them is one f-string since 3.12
# technique: https://peps.python.org/pep-0701/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    note = f"{"a" + "b"}"
    return X_train[rng.integers(0, len(X_train), n_samples)] + float(len(note))
