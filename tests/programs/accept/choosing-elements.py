import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Three recipes per element, chosen by a code: shift, mirror, or the column's far quantile."""
    n, d = X_train.shape
    base = np.take(X_train, rng.integers(0, n, n_samples), axis=0)
    spread = X_train.std(axis=0) + 1e-9
    far = np.quantile(X_train, 0.99, axis=0) + spread
    code = rng.integers(0, 3, size=(n_samples, d))

    chosen = np.choose(code, [base + 2.0 * spread, 2.0 * X_train.mean(axis=0) - base, np.tile(far, (n_samples, 1))])
    same = code.choose([base + 2.0 * spread, 2.0 * X_train.mean(axis=0) - base, far + 0.0 * base])
    assert np.allclose(chosen, same)
    selected = np.select([code == 0, code == 1], [chosen, chosen - 0.1], default=chosen + 0.1)

    strong = np.piecewise(selected, [selected < 0, selected >= 0], [lambda v: v * 1.2, lambda v: v * 1.1 + 0.05])
    np.place(strong, code == 2, far)
    np.putmask(strong, code == 1, strong + 0.3)
    np.put(strong, [0], strong.take(0) + 1.0)
    strong.put([1 % strong.size], 1.5)
    target = np.zeros_like(strong)
    np.copyto(target, strong)
    np.copyto(target, 0.5 * (strong + base), where=code == 0)

    highest = np.argsort(target, axis=1)[:, -1:]
    peak = np.take_along_axis(target, highest, axis=1)
    np.put_along_axis(target, highest, peak + 3.0, axis=1)
    kept = np.compress(target.sum(axis=1) > -np.inf, target, axis=0)
    odd = kept.compress(np.ones(len(kept), dtype=bool), axis=0)
    positive = np.extract(odd > 0, odd)
    return odd + 0.01 * positive.size
