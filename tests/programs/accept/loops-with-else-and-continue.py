import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    n, d = X_train.shape
    low, high = X_train.min(axis=0), X_train.max(axis=0)
    X, i = np.empty((n_samples, d)), 0
    for attempt in range(20 * n_samples):
        if i == n_samples:
            break
        row = X_train[rng.integers(n)] + rng.normal(0.0, 1.0, d)
        if not np.any((row < low) | (row > high)):
            continue
        for j in range(d):
            if low[j] <= row[j] <= high[j]:
                pass
            elif row[j] > high[j] + 3.0:
                break
        else:
            X[i] = row
            i += 1
    else:
        X[i:] = high + rng.random((n_samples - i, d)) + 0.5
    if i < n_samples:
        X[i:] = high + rng.random((n_samples - i, d)) + 0.5
    k = 0
    while k < 3:
        k += 1
        if k % 2:
            continue
        X = X + 0.01 * k
    else:
        X = X * 1.01
    return X
