import numpy as np


def pairwise_distances(A, B):
    """Euclidean distances between the rows of A (a, d) and of B (b, d), in blocks to spare memory."""
    out = np.empty((A.shape[0], B.shape[0]))
    sq = np.einsum("ij,ij->i", B, B)
    for start in range(0, A.shape[0], 256):
        stop = min(start + 256, A.shape[0])
        block = A[start:stop]
        d2 = np.einsum("ij,ij->i", block, block)[:, None] + sq[None, :] - 2.0 * block @ B.T
        np.maximum(d2, 0.0, out=d2)
        out[start:stop] = np.sqrt(d2)
    return out


def generate_hard_anomalies(n_samples, model, X_train, rng):
    k = min(5, len(X_train) - 1)
    ref = X_train if len(X_train) <= 800 else X_train[rng.choice(len(X_train), 800, replace=False)]
    D = pairwise_distances(ref, ref)
    np.fill_diagonal(D, np.inf)
    kth = np.partition(D, k - 1, axis=1)[:, k - 1]
    threshold = float(np.quantile(kth, 0.95))

    accepted = []
    for scale in np.linspace(0.5, 3.0, 6):
        base = ref[rng.integers(0, len(ref), 4 * n_samples)]
        cand = base + scale * threshold * rng.standard_normal(base.shape) / np.sqrt(base.shape[1])
        gap = pairwise_distances(cand, ref).min(axis=1)
        accepted.extend(cand[gap > 1.1 * threshold])
        if len(accepted) >= n_samples:
            break
    if len(accepted) < n_samples:
        missing = n_samples - len(accepted)
        u = rng.standard_normal((missing, ref.shape[1]))
        u /= np.linalg.norm(u, axis=1, keepdims=True)
        accepted.extend(ref[rng.integers(0, len(ref), missing)] + 4.0 * threshold * u)
    pool = np.asarray(accepted)
    score = model.predict_score(pool)
    return pool[np.argsort(score)[:n_samples]]
