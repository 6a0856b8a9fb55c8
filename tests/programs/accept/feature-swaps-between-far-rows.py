import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    n, d = X_train.shape
    n_swap = max(1, int(round(0.4 * d)))
    anchors = X_train[rng.integers(0, n, size=n_samples)].copy()
    tries = 10
    donors = X_train[rng.integers(0, n, size=(n_samples, tries))]
    # of several donors take the one that is farthest away
    far = np.linalg.norm(donors - anchors[:, None, :], axis=2).argmax(axis=1)
    donors = donors[np.arange(n_samples), far]
    for i in range(n_samples):
        cols = rng.choice(d, size=n_swap, replace=False)
        anchors[i, cols] = donors[i, cols] + rng.normal(scale=0.1, size=n_swap)
    return anchors + 0.05 * rng.standard_normal(anchors.shape)
