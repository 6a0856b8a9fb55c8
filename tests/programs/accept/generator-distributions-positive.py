import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Lengths from every positive law, directions uniform on the sphere."""
    n, d = X_train.shape
    third = n_samples // 3 + 1
    lengths = np.concatenate([
        rng.gamma(4.0, 0.5, size=third),
        rng.standard_gamma(3.0, size=third),
        rng.chisquare(3.0, size=third),
        rng.noncentral_chisquare(2.0, 1.0, size=third),
        rng.exponential(2.0, size=third),
        rng.standard_exponential(size=third),
        rng.rayleigh(1.5, size=third),
        np.minimum(rng.f(5.0, 8.0, size=third), 8.0),
        np.minimum(rng.noncentral_f(5.0, 8.0, 1.0, size=third), 8.0),
        4.0 * rng.beta(2.0, 5.0, size=third),
        rng.triangular(1.0, 2.0, 4.0, size=third),
        np.abs(rng.vonmises(0.0, 1.0, size=third)),
    ])
    rng.shuffle(lengths)
    directions = rng.standard_normal((n_samples, d))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    base = X_train[rng.integers(0, n, size=n_samples)]
    return base + (0.5 + np.clip(lengths[:n_samples], 0.0, 8.0))[:, np.newaxis] * directions
