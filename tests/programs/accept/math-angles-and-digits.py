import math

import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Places rows on a slowly opening spiral in the plane of two columns."""
    n, d = X_train.shape
    X = X_train[rng.integers(0, n, n_samples)] + 0.02 * rng.standard_normal((n_samples, d))
    a, b = 0, d - 1
    for i in range(n_samples):
        turn = math.radians(137.5 * i)
        angle = math.remainder(turn, math.tau) + math.fmod(turn, 0.1)
        radius = 2.0 + math.sqrt(i + 1.0) / math.isqrt(4 * n_samples)
        x, y = radius * math.cos(angle), radius * math.sin(angle)
        assert math.isclose(math.atan2(y, x), math.atan2(math.sin(angle), math.cos(angle)), abs_tol=1e-9)
        part, whole = math.modf(math.degrees(angle))
        mantissa, exponent = math.frexp(radius)
        X[i, a] = x + 0.0 * part * whole
        X[i, b] = y + math.ldexp(mantissa, exponent) * 0.01

    inside = math.tanh(0.5)
    assert math.isclose(math.atanh(inside), 0.5) and math.isclose(math.asinh(math.sinh(0.5)), 0.5)
    assert math.isclose(math.acosh(math.cosh(0.5)), 0.5) and math.isclose(math.tan(math.atan(0.5)), 0.5)
    assert math.isclose(math.asin(0.5) + math.acos(0.5), 0.5 * math.pi)
    pairs = math.comb(d, 2) + math.perm(max(d, 2), 2) + math.gcd(d, 6) + math.lcm(d, 6)
    return X + 1e-3 * math.trunc(math.prod([1.5, 2.0])) * min(pairs, 100)
