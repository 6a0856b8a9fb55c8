import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Impossible combinations of levels: each column rounded, rare levels joined with rare levels."""
    n, d = X_train.shape
    X = X_train[rng.integers(0, n, n_samples)].copy()
    for j in range(d):
        levels = np.floor(X_train[:, j])
        found = np.unique_all(levels)
        share = found.counts / found.counts.sum()
        rarity = (1.0 - share) / np.maximum((1.0 - share).sum(), 1e-12)
        if len(found.values) == 1:
            rarity = share
        pick = rng.choice(len(found.values), size=n_samples, p=rarity / rarity.sum())
        assert np.array_equal(np.unique_inverse(levels).inverse_indices, found.inverse_indices)
        assert np.array_equal(np.unique_counts(levels).counts, found.counts)
        start = X_train[found.indices[pick], j]
        X[:, j] = np.unique_values(levels)[pick] + 0.5 * (start - found.values[pick]) + 1.25
    return X
