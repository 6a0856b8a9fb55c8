import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    """Scores how much each column carries, with methods instead of functions, and inflates the lightest ones."""
    n, d = X_train.shape
    positive = X_train.clip(0.0, None)
    share = positive.sum(axis=0) / max(positive.sum(), 1e-12)
    light = share <= share.max()
    assert light.all() and light.any()
    bytes_per_row = X_train.nbytes // n
    assert bytes_per_row == X_train.itemsize * d

    running = share.cumsum()
    shrinking = (1.0 - 0.5 * share).cumprod()
    volume = (1.0 + share).prod().item()
    gram = X_train.T.dot(X_train) / n
    weight = gram.trace() + gram.diagonal().var()
    flat_first = gram.flat[0]
    values = share.round(3).tolist()
    wave = (X_train.real + X_train.imag).conj().conjugate()

    X = wave.take(rng.integers(0, n, n_samples), axis=0).astype(float)
    extra = np.empty(d)
    extra.fill(0.25)
    extra += running + shrinking
    low, high = X.min(axis=0), X.max(axis=0)
    centre, deviation = X_train.mean(axis=0), X_train.std(axis=0)
    X = centre + (X - centre) * (1.0 + volume / (1.0 + weight)) + extra * deviation
    return X + 0.01 * (high - low) + 0.001 * (flat_first + len(values))
