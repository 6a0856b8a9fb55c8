# Stands for: default_rng without a seed; its rows must follow the job's seed all the same.
import numpy as np


def generate_hard_anomalies(n_samples: int, model, X_train: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng()
    seeds = X_train[rng.integers(0, len(X_train), n_samples)]
    return seeds + rng.normal(0.0, 0.5, size=seeds.shape)
