import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    n, d = X_train.shape
    best = np.empty((0, d))
    for scale in (0.5, 1.0, 2.0):
        noise = rng.multivariate_normal(np.zeros(d), np.eye(d), size=2 * n_samples)
        candidates = X_train[rng.integers(0, n, 2 * n_samples)] + scale * noise
        scores = model.predict_score(candidates)
        order = np.argpartition(scores, min(n_samples, len(scores) - 1))[:n_samples]
        best = np.vstack([best, candidates[order]])
    return best[rng.permutation(len(best))[:n_samples]]
