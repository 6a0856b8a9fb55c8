import numpy as np
from numpy.random import Generator


def generate_hard_anomalies(n_samples, model, X_train, rng: Generator):
    """Mixup with weights outside [0, 1]: rows beyond the segment between two normal rows."""
    assert isinstance(rng, Generator)
    n, _ = X_train.shape
    i = rng.integers(0, n, size=n_samples)
    j = (i + rng.integers(1, max(n, 2), size=n_samples)) % n
    lam = np.where(rng.random(n_samples) < 0.5, rng.uniform(1.3, 2.2, n_samples), rng.uniform(-1.2, -0.3, n_samples))
    out = lam[:, None] * X_train[i] + (1.0 - lam[:, None]) * X_train[j]
    np.clip(out, -10, 10, out=out)
    return out
