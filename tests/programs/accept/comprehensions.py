import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    n, d = X_train.shape
    spread = {j: float(X_train[:, j].std()) for j in range(d)}
    flat = {j for j, s in spread.items() if s == 0.0}
    rows = [
        [X_train[i, j] + (0.0 if j in flat else 2.0 * spread[j]) for j in range(d)]
        for i in rng.integers(0, n, size=n_samples)
    ]
    total = sum(s for s in spread.values() if s > 0)
    return np.array(rows) * (1.0 if total else 2.0)
