import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Squeezes rows through half precision: values that were distinct collapse onto a coarse grid."""
    n, d = X_train.shape
    coarse = np.clip(X_train, -100.0, 100.0).astype(np.float16)
    plane = (coarse[:, 0] + 1j * coarse[:, -1]).astype(np.complex64)
    steps = rng.integers(1, 4, size=(n_samples, d)).astype(np.int_)
    flags = (steps > 1).astype(np.uint)
    index = rng.integers(0, n, n_samples)
    radius = np.abs(plane[index]).astype(float)
    return coarse[index].astype(float) + 0.75 * steps + 0.25 * flags + 0.01 * radius[:, None]
