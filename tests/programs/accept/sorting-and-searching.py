import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Draws ranks from the middle of every column and sends the row to the far end of it."""
    n, d = X_train.shape
    ordered = np.sort(X_train, axis=0)
    ranks = X_train.argsort(axis=0).argsort(axis=0)
    middle = np.partition(X_train, n // 2, axis=0)[n // 2]
    nearest = np.abs(X_train - middle).argpartition(min(5, n - 1), axis=0)[:5]

    X = X_train[rng.integers(0, n, n_samples)].copy()
    for j in range(d):
        low = int(np.argmin(X_train[:, j]))
        high = int(X_train[:, j].argmax())
        assert X_train[:, j].argmin() == low and np.argmax(X_train[:, j]) == high
        position = ordered[:, j].searchsorted(X[:, j])
        assert np.all(position == np.searchsorted(ordered[:, j], X[:, j]))
        mirrored = ordered[n - 1 - np.minimum(position, n - 1), j]
        X[:, j] = mirrored + 0.25 * (X_train[high, j] - X_train[low, j])

    far = np.linalg.norm(X - middle, axis=1)
    order = np.argsort(-far, kind="stable")
    (changed,) = (far > np.median(far)).nonzero()
    where = np.argwhere(far > np.median(far))
    assert len(changed) == len(where) == len(np.nonzero(far > np.median(far))[0])
    worst = X[order]
    column = worst[:, 0].copy()
    column.sort()
    column.partition(len(column) // 2)
    worst[:, 0] = worst[:, 0] + 0.01 * column + 0.001 * nearest[0, 0] + 0.0 * ranks[0, 0]
    return worst
