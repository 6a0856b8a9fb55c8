import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Keeps every marginal and breaks the dependence: each column is shuffled on its own."""
    n, d = X_train.shape
    X = np.empty((n_samples, d))
    for j in range(d):
        column = X_train[:, j].copy()
        rng.shuffle(column)
        X[:, j] = np.resize(column, n_samples)
    correlation = np.nan_to_num(np.corrcoef(X_train, rowvar=False)) if d > 1 else np.ones((1, 1))
    strength = np.abs(np.atleast_2d(correlation)).mean()
    return X + 0.05 * strength * rng.standard_t(df=3, size=X.shape)
