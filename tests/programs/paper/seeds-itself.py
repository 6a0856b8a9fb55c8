# Stands for: np.random.seed with a constant; the rows repeat, and are the same for every seed of the job.
# Rows: the same for every seed
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train):
    np.random.seed(42)
    directions = np.random.standard_normal((n_samples, X_train.shape[1]))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True) + 1e-12
    radii = np.random.exponential(1.0, size=(n_samples, 1))
    return X_train.mean(axis=0) + directions * (1.0 + radii)
