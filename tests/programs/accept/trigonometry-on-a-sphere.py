import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Turns pairs of columns by a large angle: radius kept, direction new."""
    n, d = X_train.shape
    X = X_train[rng.integers(0, n, n_samples)].copy()
    a, b = 0, d - 1
    radius = np.hypot(X[:, a], X[:, b])
    angle = np.arctan2(X[:, b], X[:, a])
    assert np.allclose(angle, np.atan2(X[:, b], X[:, a]))
    turned = angle + np.radians(rng.uniform(60.0, 180.0, n_samples))
    X[:, a] = radius * np.cos(turned)
    X[:, b] = radius * np.sin(turned) + 0.1

    degrees = np.degrees(np.unwrap(np.sort(turned)))
    assert np.allclose(np.deg2rad(np.rad2deg(turned)), turned)
    squashed = np.tanh(X)
    inside = np.clip(squashed, -0.999, 0.999)
    assert np.allclose(np.arctanh(inside), np.atanh(inside))
    assert np.allclose(np.arcsin(inside), np.asin(inside))
    assert np.allclose(np.arccos(inside), np.acos(inside))
    assert np.allclose(np.arctan(X), np.atan(X))
    assert np.allclose(np.arcsinh(X), np.asinh(X))
    outer = np.cosh(np.abs(inside)) + 1e-6
    assert np.allclose(np.arccosh(outer), np.acosh(outer))
    stretched = np.sinh(np.arctanh(inside)) - np.tan(0.25 * np.pi * inside) * 0.1
    return stretched + X + 0.001 * degrees[:, None] / 360.0
