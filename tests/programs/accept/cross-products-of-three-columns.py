import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Steps at right angles to both a row and its neighbour, in three of the columns."""
    n, d = X_train.shape
    columns = np.resize(rng.permutation(d), 3)
    a = X_train[rng.integers(0, n, n_samples)]
    b = X_train[rng.integers(0, n, n_samples)]
    normal = np.cross(a[:, columns], b[:, columns])
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    normal = normal / np.where(length > 0, length, 1.0)
    X = a.copy()
    for position, column in enumerate(columns):
        X[:, column] += 2.0 * normal[:, position] + 0.5
    return X
