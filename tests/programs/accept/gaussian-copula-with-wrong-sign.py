import math

import numpy as np


def _ppf(p):
    """Inverse of the normal distribution function (Acklam's rational approximation, central part and tails)."""
    a = (-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.3577518672690, -30.66479806614716, 2.506628277459239)
    b = (-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572)
    p = np.clip(p, 0.03, 0.97)
    q = p - 0.5
    r = q * q
    num = (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q
    den = ((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1.0
    return num / den


def _cdf(z):
    return np.array([[0.5 * (1.0 + math.erf(v / math.sqrt(2.0))) for v in row] for row in z])


def generate_hard_anomalies(n_samples, model, X_train, rng):
    n, d = X_train.shape
    ranks = np.argsort(np.argsort(X_train, axis=0), axis=0)
    z = _ppf((ranks + 0.5) / n)
    corr = np.atleast_2d(np.corrcoef(z, rowvar=False))
    flipped = np.where(np.eye(d, dtype=bool), 1.0, -0.8 * np.nan_to_num(corr))
    values, vectors = np.linalg.eigh(flipped)
    root = vectors * np.sqrt(np.clip(values, 1e-6, None))
    sample = rng.standard_normal((n_samples, d)) @ root.T
    uniform = np.clip(_cdf(sample), 0.005, 0.995)
    grid = np.linspace(0.0, 1.0, n)
    X = np.empty((n_samples, d))
    for j in range(d):
        X[:, j] = np.interp(uniform[:, j], grid, np.sort(X_train[:, j]))
    return X + rng.normal(0.0, 0.01, X.shape)
