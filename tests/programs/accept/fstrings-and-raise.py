import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    if X_train.ndim != 2:
        raise ValueError(f"X_train must have two axes, not {X_train.ndim}; its shape is {X_train.shape!r}")
    assert n_samples >= 1, f"n_samples={n_samples:d} is too small"
    label = f"{n_samples:>6} rows, {X_train.shape[1]} columns, {1 / 3:.{2}f}"
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    return X + len(label) * 0.1
