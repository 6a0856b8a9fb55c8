import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    d = X_train.shape[1]
    reference = model.predict_score(X_train[:1000])
    lower, upper = np.percentile(reference, [50.0, 97.5])
    budget, collected = 25, []
    remaining = n_samples
    while remaining > 0 and budget > 0:
        budget -= 1
        noise = rng.laplace(scale=1.0 + 0.1 * (25 - budget), size=(max(64, 3 * remaining), d))
        batch = X_train[rng.integers(0, X_train.shape[0], size=noise.shape[0])] + noise
        scores = model.predict_score(batch)
        ok = np.logical_and(scores >= lower, scores <= upper)
        good = batch[ok][:remaining]
        collected.append(good)
        remaining -= good.shape[0]
    if remaining > 0:
        collected.append(X_train.mean(axis=0) + 3.0 * rng.standard_normal((remaining, d)))
    return np.concatenate(collected, axis=0)
