# expect: DAS006
# full-width letters that Python reads as eval (PEP 3131, NFKC)
# technique: https://peps.python.org/pep-3131/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    ｅｖａｌ("1")
    return X + 1.0
