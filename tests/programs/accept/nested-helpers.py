import numpy as np


def _nearest(A, B, *, skip=False):
    squared = (A**2).sum(axis=1)[:, None] - 2.0 * A @ B.T + (B**2).sum(axis=1)[None, :]
    if skip:
        np.fill_diagonal(squared, np.inf)
    return np.sqrt(np.maximum(squared.min(axis=1), 0.0))


def generate_hard_anomalies(n_samples, model, X_train, rng):
    def jitter(base, strength=1.0):
        def scaled():
            return strength * spread

        spread = X_train.std(axis=0)
        return base + rng.standard_normal(base.shape) * scaled()

    pool = X_train[rng.permutation(len(X_train))[:1000]]
    candidates = jitter(pool[rng.integers(0, len(pool), 4 * n_samples)], strength=1.5)
    spacing = np.median(_nearest(pool, pool, skip=True))
    distance = np.minimum(_nearest(candidates, pool), 20.0 * spacing)
    keep = np.argsort(-distance)[:n_samples]
    return candidates[keep]
