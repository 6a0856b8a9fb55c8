# Stands for: numpy imported inside the function, hasattr on the model's one method with a way round, randint and rand.
def generate_hard_anomalies(n_samples: int, model, X_train: "np.ndarray") -> "np.ndarray":
    import numpy as np

    n_rows, n_features = X_train.shape
    n_candidates = n_samples * 5
    first = X_train[np.random.randint(0, n_rows, size=n_candidates)]
    second = X_train[np.random.randint(0, n_rows, size=n_candidates)]
    weight = np.random.rand(n_candidates, 1)
    candidates = weight * first + (1 - weight) * second + 0.01 * np.random.randn(n_candidates, n_features)
    if hasattr(model, "predict_score"):
        scores = model.predict_score(candidates)
    else:
        scores = np.linalg.norm(candidates, axis=1)
    return candidates[np.argsort(scores)[:n_samples]]
