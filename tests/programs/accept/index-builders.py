import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Flips the correlations one by one: each off-diagonal entry of the matrix names a pair of columns."""
    n, d = X_train.shape
    corr = np.atleast_2d(np.nan_to_num(np.corrcoef(X_train, rowvar=False)))
    upper = corr.copy()
    upper[np.tril_indices(d)] = 0.0
    assert np.array_equal(np.tril_indices_from(corr)[0], np.tril_indices(d)[0])
    rows, columns = np.triu_indices(d, k=1)
    assert len(np.triu_indices_from(corr, k=1)[0]) == len(rows)
    corr[np.diag_indices(d)] = 0.0
    corr[np.diag_indices_from(corr)] = 0.0

    strongest = np.unravel_index(np.argmax(np.abs(upper)), upper.shape)
    flat = np.ravel_multi_index(strongest, upper.shape)
    a, b = int(flat) // d, int(flat) % d
    grid = np.indices((n_samples, d)).sum(axis=0)
    total = 0.0
    for (i, j), value in np.ndenumerate(upper):
        total += abs(value) * (1 if i < j else 0)

    X = X_train[rng.integers(0, n, n_samples)].copy()
    sign = 1.0 if upper[strongest] >= 0 else -1.0
    X[:, b] = -sign * X[:, a] + 0.1 * rng.standard_normal(n_samples)
    X += 0.01 * (grid % 2) + 0.05 * total
    return X
