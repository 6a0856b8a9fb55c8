import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Written by someone who prefers functions to operators."""
    n, d = X_train.shape
    base = X_train[rng.integers(0, n, n_samples)]
    centre = np.mean(X_train, axis=0)
    size = np.fabs(np.subtract(base, centre))
    sign = np.copysign(1.0, base)

    bigger = np.add(np.multiply(size, 1.5), np.cbrt(size))
    halved = np.true_divide(np.floor_divide(np.multiply(bigger, 4.0), 1.0), 4.0)
    part, whole = np.modf(halved)
    mantissa, exponent = np.frexp(np.maximum(halved, 1e-6))
    again = np.ldexp(mantissa, exponent)
    quotient, rest = np.divmod(again, 0.5)
    assert np.allclose(rest, np.mod(again, 0.5)) and np.allclose(rest, np.remainder(again, 0.5))

    rounded = np.add(np.around(whole, 1), np.rint(part))
    cut = np.add(np.fix(part), np.trunc(rest))
    top = np.fmax(rounded, np.fmin(quotient, 6.0))
    ratio = np.float_power(np.reciprocal(np.add(top, 1.0)), 0.5)
    curved = np.power(np.absolute(ratio), 2)
    step = np.heaviside(np.negative(sign), 0.5)
    small = np.spacing(np.positive(top))
    beyond = np.nextafter(top, np.inf)
    remainder = np.fmod(top, 3.0)

    X = np.add(centre, np.multiply(sign, np.add(beyond, cut)))
    X = np.where(np.signbit(X), X - curved, X + curved)
    return X + step * 0.3 + small + 0.1 * np.divide(remainder, 3.0) + 0.05
