import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    stretch = lambda x, k=2.0: x * k
    X = stretch(X_train[rng.integers(0, len(X_train), n_samples)])
    if (width := X.shape[1]) > 1:
        X = np.roll(X, 1, axis=1)
    order = sorted(range(width), key=lambda j: -float(X[:, j].std()))
    while (spare := len(order)) > width:
        order.pop()
    return X[:, order] + spare * 1e-3
