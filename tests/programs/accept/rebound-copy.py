import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X_train = np.array(X_train, dtype=np.float64)
    X_train[~np.isfinite(X_train)] = 0.0
    X_train += 1e-6
    q1, q3 = np.quantile(X_train, 0.25, axis=0), np.quantile(X_train, 0.75, axis=0)
    iqr = np.where(q3 > q1, q3 - q1, 1.0)
    side = rng.choice([-1.0, 1.0], size=(n_samples, X_train.shape[1]))
    return np.where(side > 0, q3 + 1.5 * iqr * rng.uniform(1, 2), q1 - 1.5 * iqr * rng.uniform(1, 2))
