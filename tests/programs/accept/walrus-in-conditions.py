import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    n, d = X_train.shape
    pool = X_train[rng.integers(0, n, 4 * n_samples)] + 1.2 * rng.standard_normal((4 * n_samples, d))
    if (spread := float(X_train.std())) < 1e-9:
        spread = 1.0
    rounds = 0
    while (missing := n_samples - len(pool)) > 0 and (rounds := rounds + 1) < 10:
        pool = np.vstack([pool, X_train[:missing] + spread])
    norms = [length for row in pool if (length := float(np.linalg.norm(row))) > 0.0]
    limit = np.quantile(norms, 0.5) if norms else 0.0
    kept = pool[(far := np.linalg.norm(pool, axis=1)) >= limit][:n_samples]
    return np.where(np.arange(n_samples)[:, None] < (n_samples // 2), kept, kept * 1.1)
