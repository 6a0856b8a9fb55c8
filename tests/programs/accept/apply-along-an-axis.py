import numpy as np


def mad(values):
    """Median absolute deviation, scaled to a standard deviation."""
    return 1.4826 * np.median(np.abs(values - np.median(values)))


def generate_hard_anomalies(n_samples, model, X_train, rng):
    spread = np.apply_along_axis(mad, 0, X_train)
    spread = np.where(spread > 0, spread, X_train.std(axis=0) + 1e-9)
    total = np.apply_over_axes(np.sum, np.abs(X_train), [0])
    centre = np.median(X_train, axis=0)

    def push(row):
        j = int(np.argmax(np.abs(row)))
        row = row.copy()
        row[j] = 3.0 * row[j]
        return row

    z = (X_train[rng.integers(0, len(X_train), n_samples)] - centre) / spread
    z = np.apply_along_axis(push, 1, z)
    return centre + z * spread + 0.01 * total / len(X_train) + 0.2
