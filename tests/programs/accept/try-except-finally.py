import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    d = X_train.shape[1]
    attempts = 0
    try:
        cov = np.atleast_2d(np.cov(X_train, rowvar=False))
        factor = np.linalg.cholesky(cov + 1e-6 * np.eye(d))
    except np.linalg.LinAlgError as error:
        factor = np.diag(X_train.std(axis=0))
        reason = str(error)
    except (ValueError, ZeroDivisionError):
        factor = np.eye(d)
    else:
        factor = factor * 1.1
    finally:
        attempts += 1
    if n_samples < 1:
        raise ValueError("n_samples must be at least 1")
    return X_train.mean(axis=0) + 3.0 * rng.standard_normal((n_samples, d)) @ factor.T
