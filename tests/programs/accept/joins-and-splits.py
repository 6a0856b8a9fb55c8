import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Cuts rows into a left and a right part and joins parts that never belonged together."""
    n, d = X_train.shape
    rows = X_train[rng.integers(0, n, size=2 * n_samples)]
    top, bottom = np.split(rows, 2)
    assert len(np.vsplit(rows, 2)[0]) == n_samples
    left, *middle, right = np.array_split(np.arange(d), 2) if d > 1 else (np.arange(0), np.arange(1))
    joined = np.hstack((top[:, left], bottom[:, right]))

    pair = np.dstack((top, bottom))
    first, second = np.dsplit(pair, 2)
    first, second = np.squeeze(first, axis=2), np.squeeze(second, axis=2)
    wide = np.column_stack((first, second))
    halves = np.hsplit(wide, 2)
    shape = np.broadcast_shapes((n_samples, 1), (d,))
    noise = np.broadcast_to(rng.normal(size=(1, d)), shape)
    a, b = np.broadcast_arrays(joined, noise[:1])

    blocks = np.block([[halves[0]], [halves[1]]])
    extended = np.append(blocks, np.insert(a + 0.5 * b, 0, a[0] + 2.0, axis=0), axis=0)
    extended = np.delete(extended, [0], axis=0)
    padded = np.pad(np.atleast_1d(rng.uniform(1.0, 2.0, size=d)), (1, 1))
    step = np.trim_zeros(padded)
    deep = np.atleast_3d(extended)[:, :, 0]
    stacked = np.concatenate([deep[-n_samples:], deep[:1]])[:n_samples]
    return stacked + np.resize(step, d) * np.sign(rng.normal(size=(n_samples, 1))) + 0.0 * len(middle)
