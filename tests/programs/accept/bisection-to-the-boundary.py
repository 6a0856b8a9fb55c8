import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Walks from a normal row outwards until the score just passes the training rows' 95 % quantile."""
    n, d = X_train.shape
    threshold = np.quantile(model.predict_score(X_train[rng.permutation(n)[:2000]]), 0.95)
    start = X_train[rng.integers(0, n, n_samples)]
    direction = rng.standard_normal((n_samples, d))
    direction /= np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-12)
    lo = np.zeros(n_samples)
    hi = np.full(n_samples, 8.0)
    for _ in range(12):
        mid = 0.5 * (lo + hi)
        inside = model.predict_score(start + mid[:, None] * direction) < threshold
        lo, hi = np.where(inside, mid, lo), np.where(inside, hi, mid)
    reach = np.maximum(lo * 0.98, 0.3)
    return start + reach[:, None] * direction
