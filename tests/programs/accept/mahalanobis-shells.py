import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Rows on shells of constant Mahalanobis distance, chosen where the detector scores lowest.

    Far from the normals by the covariance, near by the detector: these are the blind spots.
    """
    n, d = X_train.shape
    mu = X_train.mean(axis=0)
    cov = np.atleast_2d(np.cov(X_train, rowvar=False))
    cov = 0.9 * cov + 0.1 * np.eye(d) * max(np.trace(cov) / d, 1e-6)  # shrinkage
    L = np.linalg.cholesky(cov)

    # Distances of the training rows, to know what is ordinary.
    Z = np.linalg.solve(L, (X_train - mu).T).T
    dist = np.sqrt((Z**2).sum(axis=1))
    r_min = np.quantile(dist, 0.99)

    # Candidates on shells from mild to strong.
    m = 8 * n_samples
    U = rng.standard_normal((m, d))
    U /= np.linalg.norm(U, axis=1, keepdims=True) + 1e-12
    radius = r_min * rng.uniform(1.1, 1.8, size=(m, 1))
    candidates = mu + (radius * U) @ L.T

    scores = model.predict_score(candidates)
    order = np.argsort(scores)  # low score = looks normal to the detector
    hard = candidates[order[: 2 * n_samples]]
    return hard[rng.choice(len(hard), size=n_samples, replace=False)]
