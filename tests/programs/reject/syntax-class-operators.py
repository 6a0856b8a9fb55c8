# expect: DAS209, DAS203, DAS208
# operators that run text
# technique: https://ur4ndom.dev/posts/2022-07-04-gctf-treebox/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    class Run:
        __getitem__ = exec

    return X + 1.0
