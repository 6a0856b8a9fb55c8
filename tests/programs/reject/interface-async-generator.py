# expect: DAS105
# an asynchronous generator
# technique: https://peps.python.org/pep-0525/
import numpy as np


async def generate_hard_anomalies(n_samples, model, X_train, rng):
    yield X_train
    raise ValueError("over")
