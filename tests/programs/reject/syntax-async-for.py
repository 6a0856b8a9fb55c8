# expect: DAS209
# a coroutine that walks
# technique: https://peps.python.org/pep-0492/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    async def inner():
        async for x in X:
            pass

    return X + 1.0
