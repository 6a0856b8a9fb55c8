import math

import numpy as np


def bump(x, width):
    """A smooth bump of a given width, written for single numbers."""
    return math.exp(-0.5 * (x / width) ** 2) / (width * math.sqrt(2.0 * math.pi))


def tail(x):
    return 0.5 * math.erfc(x / math.sqrt(2.0)) if x > 0 else 0.5 * (1.0 - math.erf(x / math.sqrt(2.0)))


def entropy(shares):
    return -math.fsum(p * math.log(p) for p in shares if p > 0.0)


def generate_hard_anomalies(n_samples, model, X_train, rng):
    n, d = X_train.shape
    volume = math.exp(0.5 * d * math.log(math.pi) - math.lgamma(0.5 * d + 1.0))
    assert math.isclose(math.gamma(5.0), math.factorial(4)) and math.tau > math.pi > math.e
    spread = entropy([0.2, 0.3, 0.5]) + math.log1p(math.expm1(0.3)) + math.log2(8) + math.log10(100.0)
    growth = math.pow(1.01, min(d, 50)) * math.exp2(0.5) * math.cbrt(2.0) + math.hypot(3.0, 4.0)
    X = X_train[rng.integers(0, n, size=n_samples)].copy()
    for i in range(n_samples):
        distance = math.dist(X[i], X_train[0])
        reach = math.ceil(distance) + math.fabs(math.floor(-distance)) * 0.1
        if math.isnan(reach) or math.isinf(reach) or not math.isfinite(reach):
            reach = 1.0
        share = tail(min(distance, 5.0)) + bump(distance, 2.0)
        j = int(rng.integers(0, d))
        X[i, j] += math.copysign(1.0 + share + reach / (1.0 + spread), X[i, j])
        X[i] += 0.001 * growth + 0.01 * volume * rng.standard_normal(d)
    best = math.inf if n_samples else math.nan
    return np.clip(X, -best, best)
