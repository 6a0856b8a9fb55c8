# expect: DAS209
# decorators that run what was typed in
# technique: https://ur4ndom.dev/posts/2022-07-04-gctf-treebox/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    @exec
    @input
    def helper():
        return 1

    return X + 1.0
