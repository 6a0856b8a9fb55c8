import numpy as np


def make_step(scale, rng):
    """Returns a function that remembers its scale and its own counter, kept in a list."""
    calls = [0]

    def step(row):
        calls[0] += 1
        return row + scale * (1.0 + 0.01 * calls[0]) * rng.standard_normal(row.shape)

    return step, calls


def split(X, depth, rng):
    """Splits rows at random values like a tree does; returns the leaves."""
    if depth == 0 or len(X) <= 2:
        return [X]
    j = int(rng.integers(X.shape[1]))
    cut = rng.uniform(X[:, j].min(), X[:, j].max())
    left, right = X[X[:, j] <= cut], X[X[:, j] > cut]
    return [leaf for part in (left, right) if len(part) for leaf in split(part, depth - 1, rng)]


def compose(*functions):
    def run(x):
        for function in functions:
            x = function(x)
        return x

    return run


def generate_hard_anomalies(n_samples, model, X_train, rng):
    leaves = sorted(split(X_train, 4, rng), key=len)
    step, calls = make_step(0.3, rng)
    finish = compose(step, lambda row: row * 1.05, lambda row, *, by=0.1: row + by)
    rows = []
    for i in range(n_samples):
        a, b = leaves[i % len(leaves)], leaves[-1 - i % len(leaves)]
        rows.append(finish(0.5 * (a.mean(axis=0) + b.mean(axis=0))))
    assert calls[0] == n_samples
    return np.vstack(rows)
