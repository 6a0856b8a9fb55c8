import numpy as np


def log_density(Q, X, h):
    """Log of a Gaussian kernel density estimate, up to a constant."""
    d2 = ((Q[:, None, :] - X[None, :, :]) / h) ** 2
    e = -0.5 * d2.sum(axis=2)
    top = e.max(axis=1, keepdims=True)
    return (top + np.log(np.exp(e - top).sum(axis=1, keepdims=True)))[:, 0]


def generate_hard_anomalies(n_samples, model, X_train, rng):
    n, d = X_train.shape
    S = X_train[rng.permutation(n)[:300]]
    h = S.std(axis=0) * len(S) ** (-1.0 / (d + 4)) + 1e-6  # Scott's rule
    reference = log_density(S[:100], S, h)
    bar = np.quantile(reference, 0.02)
    lo, hi = np.quantile(S, [0.05, 0.95], axis=0)  # inside the bulk of every column
    kept = np.empty((0, d))
    for _ in range(15):
        cand = rng.uniform(lo, hi, size=(4 * n_samples, d))
        kept = np.concatenate([kept, cand[log_density(cand, S, h) < bar]])
        if kept.shape[0] >= n_samples:
            return kept[:n_samples]
    rest = n_samples - kept.shape[0]
    extra = np.where(rng.random((rest, d)) < 0.5, lo, hi) + rng.normal(0, 0.5, size=(rest, d))
    return np.concatenate([kept, extra])
