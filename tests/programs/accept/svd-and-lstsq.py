import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    centre = np.median(X_train, axis=0)
    U, s, Vt = np.linalg.svd(X_train - centre, full_matrices=False)
    k = max(1, int(np.searchsorted(np.cumsum(s**2) / max((s**2).sum(), 1e-12), 0.9)))
    result = np.linalg.svd(X_train[:5] - centre)
    coefficients, *_ = np.linalg.lstsq(Vt[:k].T, (X_train - centre).T, rcond=None)
    codes = coefficients.T[rng.integers(0, len(X_train), n_samples)]
    sign = np.linalg.slogdet(np.eye(2)).sign
    return centre + sign * 2.5 * codes @ Vt[:k] + result.S[0] * 0.01 * rng.laplace(size=(n_samples, X_train.shape[1]))
