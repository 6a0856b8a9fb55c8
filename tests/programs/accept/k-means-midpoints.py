import numpy as np


def kmeans(X, k, rng, iterations=15):
    centres = X[rng.choice(len(X), size=k, replace=False)].copy()
    labels = np.zeros(len(X), dtype=int)
    for _ in range(iterations):
        distance = np.linalg.norm(X[:, None, :] - centres[None, :, :], axis=2)
        new = distance.argmin(axis=1)
        if (new == labels).all() and _ > 0:
            break
        labels = new
        for c in range(k):
            members = X[labels == c]
            if len(members):
                centres[c] = members.mean(axis=0)
    return centres, labels


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Between clusters, where nothing lives although every column looks ordinary."""
    X = X_train[rng.permutation(len(X_train))[:1500]]
    k = int(np.clip(len(X) // 10, 2, 6))
    centres, labels = kmeans(X, k, rng)
    sizes = np.bincount(labels, minlength=k).astype(float)
    spread = np.array([X[labels == c].std() if (labels == c).sum() > 1 else 0.1 for c in range(k)])
    a = rng.choice(k, size=n_samples, p=sizes / sizes.sum())
    b = (a + rng.integers(1, k, size=n_samples)) % k
    t = rng.uniform(0.35, 0.65, size=(n_samples, 1))
    noise = rng.standard_normal((n_samples, X.shape[1])) * 0.3 * spread[a][:, None]
    return (1 - t) * centres[a] + t * centres[b] + noise
