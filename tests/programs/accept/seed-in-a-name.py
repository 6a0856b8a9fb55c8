# a generator of its own that is seeded by a draw of the given one, by way of a name
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    seed = int(rng.integers(2**32))
    own = np.random.default_rng(seed)
    chosen = X_train[own.integers(0, len(X_train), n_samples)]
    return chosen + own.normal(3.0, 0.5, size=chosen.shape)
