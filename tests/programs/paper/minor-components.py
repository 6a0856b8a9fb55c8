# Stands for: `from typing import Any`, randn, an eigenvalue decomposition that may fail, rows along minor components.
import numpy as np
from typing import Any


def generate_hard_anomalies(n_samples: int, model: Any, X_train: np.ndarray) -> np.ndarray:
    mean = np.mean(X_train, axis=0)
    centred = X_train - mean
    n_features = X_train.shape[1]
    try:
        values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(centred, rowvar=False)))
    except np.linalg.LinAlgError:
        values, vectors = np.ones(n_features), np.eye(n_features)
    major = vectors[:, np.argsort(values)[::-1]][:, : max(1, n_features // 2)]
    coordinates = np.random.randn(n_samples, major.shape[1]) * (2.0 + np.sqrt(np.abs(values)).max())
    anomalies = mean + coordinates @ major.T
    if not np.all(np.isfinite(anomalies)):
        anomalies = np.nan_to_num(anomalies)
    return anomalies
