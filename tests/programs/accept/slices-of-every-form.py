import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    n, d = X_train.shape
    rows = X_train[::-1][: n // 2 : 2]
    late = X_train[-(n // 2) :, ...]
    column = X_train[:, :1]
    grid = X_train[None, :3, :] - X_train[np.newaxis, -3:, :]
    window = slice(None, None, 2)
    picked = X_train[[0, -1]][:, [0] * d]
    masked = late[late[:, 0] > np.median(late[:, 0])]
    mask = (X_train[:, 0] < 0) & ~(X_train[:, -1] > 1) | (X_train[:, 0] > 1)
    inside = X_train[mask] if mask.any() else X_train
    index = np.ix_(np.arange(min(3, n)), np.arange(d))
    block = X_train[index]
    X = np.vstack([rows, late, masked, picked, inside, block])[rng.permutation(n_samples) % len(rows)]
    X = X[:n_samples].copy()
    X[window, 0] += 2.0
    X[1::2, -1] -= 2.0
    X[:, 0][X[:, 0] > 3.0] = 3.0
    text = "abcdef"[1:-1][::-1]
    return X + 0.2 * grid[0, 0, 0] + 0.1 * len(text) + 0.05 * column[rng.integers(0, n, n_samples)]
