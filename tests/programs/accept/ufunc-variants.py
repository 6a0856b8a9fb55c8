import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Reductions over groups of rows, by ufunc methods."""
    n, d = X_train.shape
    starts = np.arange(0, n, max(1, n // 4))
    sums = np.add.reduceat(X_train, starts, axis=0)
    tops = np.maximum.accumulate(X_train, axis=0)[-1]
    bottoms = np.minimum.reduce(X_train, axis=0)
    ratio = np.subtract.outer(tops, bottoms).diagonal()
    weights = np.zeros(d)
    np.add.at(weights, rng.integers(0, d, size=50), 0.02)
    target = np.empty((n_samples, d))
    np.multiply(X_train[rng.integers(0, n, n_samples)], 1.5, out=target)
    np.add(target, weights, out=target, where=target > 0)
    whole = np.ceil(np.abs(sums[rng.integers(0, len(starts), n_samples)]) / n)
    return target + 0.3 * whole * np.sign(target) + 0.1 * ratio
