import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Every row gets its own subset of columns: the bits of its number say which."""
    n, d = X_train.shape
    width = min(d, 16)
    full = (1 << width) - 1
    numbers = rng.integers(1, full + 1, size=n_samples)
    numbers = np.bitwise_or(numbers, np.left_shift(1, rng.integers(0, width, n_samples)))
    numbers = np.bitwise_and(numbers, full)
    grey = np.bitwise_xor(numbers, np.right_shift(numbers, 1))
    others = np.invert(numbers) & full

    columns = np.arange(d) % width
    mask = (numbers[:, None] >> columns) & 1
    also = (grey[:, None] >> columns) & 1
    rest = (others[:, None] >> columns) & 1
    cycle = np.lcm(np.arange(1, n_samples + 1), 4) // np.gcd(np.arange(1, n_samples + 1), 4)
    phase = (cycle % 7) / 7.0

    X = X_train[rng.integers(0, n, n_samples)].copy()
    low = ~mask.astype(bool)
    X += 2.5 * mask + 0.5 * also - 0.1 * rest * low
    order = (n_samples | 1) ^ 1
    order <<= 1
    order >>= 1
    order |= 1
    order &= 0xFFFF
    order ^= 1
    return X + +0.05 * phase[:, None] + 1e-6 * order
