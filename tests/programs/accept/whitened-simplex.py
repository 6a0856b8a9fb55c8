import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Convex mixtures of many rows lie in the empty middle; in whitened space they are pushed to the normal radius."""
    n, d = X_train.shape
    mu, sd = X_train.mean(0), X_train.std(0)
    sd[sd == 0] = 1.0
    Z = (X_train - mu) / sd
    U, S, Vh = np.linalg.svd(Z, full_matrices=False)
    rank = int((S > 1e-8 * S[0]).sum()) if S[0] > 0 else 1
    W = Vh[:rank].T * (np.sqrt(n) / np.maximum(S[:rank], 1e-12))
    white = Z @ W
    alpha = rng.dirichlet(np.full(5, 0.8), size=n_samples)
    mix = np.einsum("nk,nkd->nd", alpha, white[rng.integers(0, n, size=(n_samples, 5))])
    radius = np.median(np.linalg.norm(white, axis=1))
    mix *= (radius / np.maximum(np.linalg.norm(mix, axis=1), 1e-9))[:, None]
    return mu + sd * (mix @ np.linalg.pinv(W))
