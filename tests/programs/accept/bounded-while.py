import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    kept, tries = [], 0
    while len(kept) < n_samples and tries < 50:
        tries += 1
        X = X_train[rng.integers(0, len(X_train), n_samples)] + rng.normal(0.0, 2.0, (n_samples, X_train.shape[1]))
        scores = model.predict_score(X)
        kept.extend(X[scores < np.median(scores)])
    while True:
        kept.append(X_train[0] + 1.0)
        if len(kept) >= n_samples:
            break
    return np.asarray(kept[:n_samples])
