# expect: DAS209
# a call in disguise
# technique: https://ur4ndom.dev/posts/2022-07-04-gctf-treebox/
import numpy as np


@abs
def helper(x):
    return x


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    return X + 1.0
