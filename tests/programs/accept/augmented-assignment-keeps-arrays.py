import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """In-place on items, slices, masks, fancy indices, views and nested containers."""
    n, d = X_train.shape
    X = X_train[rng.integers(0, n, n_samples)].copy()
    view, column, transposed = X[:], X[:, 0], X.T
    view[0] += 1.0
    column[1:] -= 0.5
    transposed[-1] *= 1.5
    X[X > 2.0] /= 1.25
    X[[0, -1]] **= 1
    X[..., :1] += 0.1
    X[np.arange(n_samples), rng.integers(0, d, n_samples)] += 2.0

    whole = np.arange(6)
    whole[1] += 2
    whole[2:] //= 2
    whole[0] %= 3
    whole[:3] <<= 1
    whole[:3] >>= 1
    whole[3] |= 8
    whole[4] &= 3
    whole[5] ^= 1
    try:
        whole += 0.5
    except TypeError:
        whole += 1

    square = np.eye(d)
    stack = np.stack([square, square])
    stack[0] @= 2.0 * square
    table = {"shift": 1.0, "rows": [1, 2]}
    table["shift"] += 0.25
    table["rows"] += [3]
    table["rows"][0] *= 4
    nested = [[0.0] * d for _ in range(2)]
    nested[1][0] += table["shift"]
    X.flat[0] += 0.5
    same = X
    same += nested[1][0]
    return X @ stack[0] * 0.5 + 0.01 * whole.sum() + 0.01 * len(table["rows"])
