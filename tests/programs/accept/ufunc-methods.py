import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    top = np.maximum.reduce(X_train, axis=0)
    running = np.add.accumulate(np.ones(X_train.shape[1]))
    counts = np.zeros(X_train.shape[1])
    np.add.at(counts, rng.integers(0, X_train.shape[1], size=10), 1.0)
    X = np.multiply.outer(rng.uniform(1.0, 2.0, n_samples), top) + 0.01 * running + 0.0 * counts
    for index in np.ndindex(2, 1):
        X = X + 0.001 * index[0]
    return X
