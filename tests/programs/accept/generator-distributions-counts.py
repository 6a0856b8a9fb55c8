import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """How many columns change, by how many steps, is drawn from the laws of counts."""
    n, d = X_train.shape
    step = np.maximum(X_train.std(axis=0), 1e-3) / 2.0
    X = X_train[rng.integers(0, n, n_samples)].copy()
    draws = (
        lambda: rng.poisson(3.0),
        lambda: rng.binomial(6, 0.5),
        lambda: rng.geometric(0.3),
        lambda: rng.negative_binomial(3, 0.5),
        lambda: rng.hypergeometric(10, 10, 6),
        lambda: rng.logseries(0.7),
        lambda: min(rng.zipf(2.5), 12),
        lambda: rng.integers(1, 7),
    )
    for i in range(n_samples):
        count = 1 + int(draws[i % len(draws)]())
        share = rng.multinomial(count, np.full(d, 1.0 / d))
        urns = rng.multivariate_hypergeometric([20] * d, min(count, 20 * d))
        X[i] += step * (share + urns) * rng.choice([-1.0, 1.0]) + 0.01 * rng.random(d)
    return X
