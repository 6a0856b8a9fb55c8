# expect: DAS005
# an isolate that moves text out of a string
# technique: https://trojansource.codes/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    text = "a⁦b⁩"
    return X + 1.0
