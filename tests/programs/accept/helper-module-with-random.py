import numpy as np


def draw(X, rng, size):
    return X[rng.integers(0, X.shape[0], size=size)]


def mix(model, rows, rng):
    scores = model.predict_score(rows)
    return rows[np.lexsort((rng.random(len(rows)), scores))]


def generate_hard_anomalies(n_samples, model, X_train, rng):
    alpha = rng.dirichlet(np.ones(3), size=n_samples)
    triple = np.stack([draw(X_train, rng, n_samples) for _ in range(3)], axis=1)
    X = np.einsum("ij,ijk->ik", alpha, triple)
    inner = np.random.default_rng(rng.integers(2**32))
    return mix(model, X + inner.exponential(0.5, size=X.shape), rng)
