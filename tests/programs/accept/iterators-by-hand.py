import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Takes rows in a fixed order from an iterator and starts again when it is empty."""
    n, d = X_train.shape
    order = rng.permutation(n).tolist()
    source = iter(order)
    used = set()
    X = np.empty((n_samples, d))
    for i in range(n_samples):
        try:
            k = next(source)
        except StopIteration:
            source = iter(reversed(order))
            k = next(source)
        used.add(k)
        X[i] = X_train[k]
    rest = list(filter(lambda k: k not in used, order))
    partner = X_train[next(iter(rest), 0)]
    lengths = tuple(map(float, np.linalg.norm(X, axis=1)))
    ranked = [i for _, i in sorted(zip(lengths, range(n_samples)), reverse=True)]
    assert len(frozenset(ranked)) == n_samples
    X = X[ranked]
    return X + 1.5 * np.sign(X - partner) + 0.1 * rng.standard_normal((n_samples, d))
