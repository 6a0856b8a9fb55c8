import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Moves rows along the directions of smallest variance, where PCA-like detectors look least."""
    n, d = X_train.shape
    mean = X_train.mean(axis=0)
    if d == 1:
        return mean + np.sign(rng.normal(size=(n_samples, 1))) * (np.abs(X_train - mean).max() * 1.3 + 0.5)
    values, vectors = np.linalg.eigh(np.cov(X_train, rowvar=False) + 1e-9 * np.eye(d))
    weights = np.clip(1.0 / np.sqrt(np.maximum(values, 1e-9)), None, 1e3)
    weights /= weights.sum()
    base = X_train[rng.integers(0, n, n_samples)]
    axis = rng.choice(d, size=n_samples, p=weights)
    step = rng.uniform(3.0, 8.0, size=n_samples) * np.sqrt(np.maximum(values[axis], 1e-6))
    return base + step[:, None] * vectors[:, axis].T
