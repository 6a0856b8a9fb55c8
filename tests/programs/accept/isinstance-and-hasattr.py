from typing import Any

import numpy as np


def generate_hard_anomalies(n_samples, model: Any, X_train, rng):
    if not isinstance(X_train, np.ndarray) or not isinstance(rng, np.random.Generator):
        raise TypeError("X_train must be an array and rng a generator")
    X = X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
    if hasattr(model, "predict_score") and callable(getattr(model, "predict_score")):
        scores = model.predict_score(X)
        X = X[np.argsort(scores)]
    return getattr(X, "copy")()
