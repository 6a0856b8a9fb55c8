import math

import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """A grid of strengths from mild to strong, one row each."""
    n, d = X_train.shape
    mild = np.linspace(0.5, 1.5, n_samples)
    strong = np.geomspace(1.0, 4.0, num=n_samples)
    steep = np.logspace(-1.0, 0.5, n_samples)
    table = np.vander([1.0, 1.1, 1.2], 3, increasing=True)
    waves = np.fromfunction(lambda i, j: np.sin(i + 2.0 * j), (n_samples, d))
    roots = np.fromiter((math.sqrt(k + 1) for k in range(n_samples)), dtype=float, count=n_samples)

    lower = np.tri(d) + np.tril(np.ones((d, d)), -1)
    upper = np.triu(np.full((d, d), 0.1), 1)
    mixing = np.diagflat(np.ones(d)) + 0.1 * lower + upper + 0.0 * np.identity(d)
    signs = np.ones_like(waves)
    signs[rng.random(signs.shape) < 0.5] = -1.0
    offsets = np.full_like(waves, 0.2)
    scratch = np.empty_like(waves)
    scratch[...] = np.zeros_like(waves)

    gx, gy = np.meshgrid(strong, np.arange(d), indexing="ij")
    base = np.ascontiguousarray(X_train[rng.integers(0, n, n_samples)])
    copied = np.copy(np.asanyarray(base))
    shift = (mild * roots + steep)[:, None] * signs + 0.1 * gx + 0.01 * gy
    return (copied + shift) @ mixing + offsets + scratch + 0.05 * waves * table.max()
