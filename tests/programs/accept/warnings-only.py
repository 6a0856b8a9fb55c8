# warnings: DAS406 DAS502 DAS503 DAS504 DAS505
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    print("rows:", n_samples)
    rows = []
    while len(rows) < n_samples:
        rows.append(X_train[rng.integers(len(X_train))] + 1.0)
    X = np.array(rows)
    if n_samples > 10**9:
        return np.zeros(10**10)
    gaps = X_train[:, None, :] - X_train[None, :, :]
    scores = [model.predict_score(x[None, :])[0] for x in X]
    return X[np.argsort(scores)] + np.abs(gaps).mean()
