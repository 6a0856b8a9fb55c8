import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    n, d = X_train.shape
    base = X_train[rng.integers(0, n, n_samples)]
    low, high = np.quantile(X_train, [0.1, 0.9], axis=0)
    inner = np.logical_and(np.greater(base, low), np.less(base, high))
    outer = np.logical_not(inner)
    edge = np.logical_or(np.less_equal(base, low), np.greater_equal(base, high))
    assert np.array_equal(outer, edge) and not np.logical_xor(outer, edge).any()
    assert np.all(np.equal(base, base)) and not np.any(np.not_equal(base, base))

    step = np.where(inner, 2.5, 0.75) * np.where(base > 0, 1.0, -1.0)
    X = base + step
    bad = np.isinf(X) | np.isnan(X) | np.isposinf(X) | np.isneginf(X)
    X[bad] = 0.0
    assert np.isfinite(X).all() and np.isreal(X).all()
    assert np.isrealobj(X) and not np.iscomplexobj(X)
    if np.isscalar(low[0]) and np.allclose(low, high):
        X = X + rng.normal(size=X.shape)
    same = np.isclose(X, base, rtol=0.0, atol=1e-12)
    X[same] += 1.0
    return X if not np.array_equiv(X, base) else X + 1.0
