# expect: DAS209
# a class body runs at import, and classes bring metaclasses
# technique: https://ur4ndom.dev/posts/2022-07-04-gctf-treebox/
import numpy as np


class Helper:
    size = 3


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    return X + 1.0
