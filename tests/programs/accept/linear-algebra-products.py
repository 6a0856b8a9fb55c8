import numpy as np


def _whitener(X):
    d = X.shape[1]
    cov = np.dot(X.T, X) / len(X) + 1e-6 * np.identity(d)
    root = np.linalg.cholesky(cov)
    return np.linalg.inv(root), root, cov


def generate_hard_anomalies(n_samples, model, X_train, rng):
    mean = X_train.mean(axis=0)
    white, root, cov = _whitener(X_train - mean)
    direction = rng.standard_normal(len(mean))
    direction /= np.linalg.vector_norm(direction)

    # Reflect the whitened rows at a random hyperplane: I - 2 v v'.
    mirror = np.eye(len(mean)) - 2.0 * np.linalg.outer(direction, direction)
    twice = np.linalg.matrix_power(mirror, 2)
    energy = np.linalg.matrix_norm(twice, ord="fro") + np.trace(np.outer(direction, direction))
    chain = np.linalg.multi_dot([white, cov, white.T])
    gain = float(np.vdot(direction, direction) + np.inner(direction, direction)) / 2.0
    tall = np.kron(np.ones((2, 1)), mirror)[: len(mean)]

    base = X_train[rng.integers(0, len(X_train), n_samples)]
    z = np.matmul(base - mean, white.T)
    turned = np.tensordot(z, np.linalg.matmul(tall, chain), axes=1)
    solved = np.linalg.solve(cov, (base - mean).T).T
    scale = np.sqrt(np.diagonal(cov)) * gain / energy
    return mean + turned @ root.T + np.sign(solved) * scale * 0.5
