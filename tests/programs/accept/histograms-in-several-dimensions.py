import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Looks for empty cells of a two-dimensional histogram and puts rows into their middle."""
    n, d = X_train.shape
    a, b = (0, 1) if d > 1 else (0, 0)
    x, y = X_train[:, a], X_train[:, b] + (0.0 if d > 1 else 1e-6 * np.arange(n))
    edges_x = np.histogram_bin_edges(x, bins="auto")
    counts, edges_x, edges_y = np.histogram2d(x, y, bins=[min(len(edges_x), 12), 8])
    whole, edges = np.histogramdd(np.stack([x, y], axis=1), bins=4)
    assert whole.sum() == counts.sum() == n and len(edges) == 2

    empty = np.argwhere(counts == 0)
    if len(empty) == 0:
        empty = np.argwhere(counts == counts.min())
    cells = empty[rng.integers(0, len(empty), n_samples)]
    X = X_train[rng.integers(0, n, n_samples)] + 0.05 * rng.standard_normal((n_samples, d))
    X[:, a] = 0.5 * (edges_x[cells[:, 0]] + edges_x[cells[:, 0] + 1])
    X[:, b] = 0.5 * (edges_y[cells[:, 1]] + edges_y[cells[:, 1] + 1])

    bins = np.digitize(X_train[:, a], edges_x)
    filled = np.bincount(bins, minlength=len(edges_x) + 1)
    if np.count_nonzero(filled) < len(filled):
        X[:, a] += rng.uniform(-0.2, 0.2, n_samples)
    return X
