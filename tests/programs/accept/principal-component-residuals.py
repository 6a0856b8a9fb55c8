import numpy as np

VARIANCE_KEPT = 0.9


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Keeps the principal scores of a normal row and replaces its residual by a larger one."""
    n, d = X_train.shape
    mean = X_train.mean(axis=0, keepdims=True)
    _, s, Vt = np.linalg.svd(X_train - mean, full_matrices=False)
    explained = np.cumsum(s**2) / max(float(np.sum(s**2)), 1e-12)
    k = int(np.argmax(explained >= VARIANCE_KEPT)) + 1
    k = min(k, d - 1) if d > 1 else 0
    major, minor = Vt[:k], Vt[k:]
    codes = (X_train - mean) @ major.T
    residual_size = np.linalg.norm((X_train - mean) @ minor.T, axis=1)
    target = np.quantile(residual_size, 0.99) * rng.uniform(1.5, 3.0, size=(n_samples, 1)) + 0.2
    u = rng.standard_normal((n_samples, len(minor)))
    u /= np.linalg.norm(u, axis=1, keepdims=True) + 1e-12
    picked = codes[rng.integers(0, n, size=n_samples)]
    return mean + picked @ major + (target * u) @ minor
