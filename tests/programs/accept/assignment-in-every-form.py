import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    n, d = shape = X_train.shape
    low = high = X_train.mean(axis=0)
    (low, high), width = np.quantile(X_train, (0.05, 0.95), axis=0), X_train.std(axis=0)
    first, *middle, last = np.linspace(1.0, 3.0, 5)
    *heads, tail = [first, *middle, last]
    [a, [b, c]] = [0, [d - 1, shape[1] // 2]]
    X = X_train[rng.integers(0, n, n_samples)].copy()
    X[:, a], X[:, b] = X[:, b].copy(), X[:, a].copy()
    X[0], X[-1] = X[-1].copy(), X[0].copy()
    step: float
    step = tail if len(heads) == 4 else 0.0
    limits: tuple[float, float] = (float(low.min()), float(high.max()))
    stats = {"low": low}
    stats["high"], stats["width"] = high, width
    for stats["name"], value in (("low", 0.5), ("high", 1.5)):
        X[:, c] += value * stats[stats["name"]][c]
    for i, (name, (p, q)) in enumerate([("x", (1, 2)), ("y", (3, 4))]):
        X[:, i % d] += 0.1 * (p + q) * len(name)
    del stats["low"], value
    return X + step * 0.5 * stats["width"] + 0.01 * (limits[1] - limits[0])
