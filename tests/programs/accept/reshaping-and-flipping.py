import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Reads the table backwards, sideways and transposed; the order of the columns is all that changes."""
    d = np.shape(X_train)[-1]
    index = rng.integers(0, len(X_train), size=n_samples)
    X = X_train[index].reshape(n_samples, d)
    assert np.ndim(X) == X.ndim and np.size(X) == X.size

    flipped = np.flip(X, axis=1)
    assert np.array_equal(flipped, np.fliplr(X))
    upside = np.flipud(np.roll(X, 1, axis=0))
    turned = np.rot90(np.rot90(X, k=1), k=-1)
    deep = np.expand_dims(X, axis=0)
    moved = np.moveaxis(deep, 0, -1)
    rolled = np.rollaxis(moved, 2)
    back = np.swapaxes(np.transpose(rolled, (0, 2, 1)), 1, 2)
    flat = np.ravel(np.squeeze(back))
    again = np.reshape(flat, (n_samples, d))

    other = X.transpose().swapaxes(0, 1).ravel().reshape((n_samples, d))
    one = deep.squeeze(axis=0).flatten()
    twice = one.repeat(2)[::2].reshape(n_samples, -1)
    mixed = 0.25 * (turned + again + other + twice)
    return 0.5 * (flipped + mixed) + 0.5 * np.resize(upside, (n_samples, d)) + X_train.std(axis=0) * 1.7
