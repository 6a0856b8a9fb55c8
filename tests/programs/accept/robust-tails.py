import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = np.asarray(X_train, dtype=np.float64)
    n, d = X.shape

    # Robust location and scale of every column.
    med = np.median(X, axis=0)
    mad = np.median(np.abs(X - med), axis=0) * 1.4826
    scale = np.where(mad < 1e-8, np.maximum(X.std(axis=0), 1e-8), mad)

    # 1) few columns far out  2) many columns a little out
    n_few = n_samples // 2
    n_many = n_samples - n_few

    few = X[rng.integers(0, n, size=n_few)].copy()
    for row in few:
        k = rng.integers(1, max(2, d // 4 + 1))
        cols = rng.choice(d, size=k, replace=False)
        row[cols] = med[cols] + rng.choice([-1, 1], size=k) * rng.uniform(4, 6, size=k) * scale[cols]

    many = med + rng.choice([-1, 1], size=(n_many, d)) * rng.uniform(1.5, 2.5, size=(n_many, d)) * scale

    result = np.vstack([few, many])
    rng.shuffle(result, axis=0)
    result = np.nan_to_num(result, nan=0.0, posinf=10.0, neginf=-10.0)
    return result.astype(np.float64)
