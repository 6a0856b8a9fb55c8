import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Fits one column as a cubic of another and puts rows on the wrong side of the curve."""
    n, d = X_train.shape
    x, y = X_train[:, 0], X_train[:, -1]
    cubic = np.polyfit(x, y, 3) if len(np.unique(x)) > 4 else np.array([0.0, 0.0, 0.0, y.mean()])
    residual = y - np.polyval(cubic, x)
    slope = np.polyder(cubic)
    area = np.polyint(slope, k=cubic[-1])
    assert np.allclose(area, cubic) or len(area) != len(cubic)
    opposite = np.polysub(np.zeros(1), cubic)
    raised = np.polyadd(opposite, np.array([2.0 * residual.std() + 0.5]))
    wiggle = np.polymul(np.poly([-1.0, 0.0, 1.0]), np.array([0.1]))
    turning = [r.real for r in np.roots(slope) if abs(r.imag) < 1e-9]

    ordered = np.sort(x)
    position = rng.random(n_samples)
    drawn = np.interp(position, np.linspace(0.0, 1.0, n), ordered)
    X = X_train[rng.integers(0, n, n_samples)].copy()
    X[:, 0] = drawn
    X[:, -1] = np.clip(np.polyval(raised, drawn) + np.polyval(wiggle, drawn), -8.0, 8.0)
    return X + 0.01 * len(turning)
