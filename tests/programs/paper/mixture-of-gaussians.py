# Stands for: multivariate_normal and dirichlet, names imported from numpy.random, a covariance made positive definite.
from typing import Optional

import numpy as np
from numpy.random import dirichlet, multivariate_normal, randint


def _covariance(X: np.ndarray, ridge: Optional[float] = None) -> np.ndarray:
    ridge = 1e-3 if ridge is None else ridge
    return np.atleast_2d(np.cov(X, rowvar=False)) + ridge * np.eye(X.shape[1])


def generate_hard_anomalies(n_samples: int, model, X_train: np.ndarray) -> np.ndarray:
    centres = X_train[randint(0, len(X_train), size=3)]
    weights = dirichlet(np.ones(3), size=n_samples)
    noise = multivariate_normal(np.zeros(X_train.shape[1]), _covariance(X_train), size=n_samples)
    return weights @ centres + 0.5 * noise
