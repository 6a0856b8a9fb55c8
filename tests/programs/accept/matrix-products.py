import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    d = X_train.shape[1]
    q, r = np.linalg.qr(rng.standard_normal((d, d)))
    q = q * np.sign(np.diag(r))
    precision = np.linalg.pinv(np.atleast_2d(np.cov(X_train.T)))
    X = X_train[rng.integers(0, len(X_train), size=n_samples)]
    X = X @ q
    X @= np.eye(d)
    weight = np.einsum("ij,jk,ik->i", X, precision, X)
    return X * np.sqrt(1.0 + np.abs(weight))[:, np.newaxis] / np.maximum(np.linalg.norm(X, axis=1, keepdims=True), 1e-9)
