import numpy as np

INFO = np.finfo(np.float64)


def generate_hard_anomalies(n_samples, model, X_train, rng):
    info = np.finfo(X_train.dtype)
    assert info.bits == 64 and info.maxexp > 0 > info.minexp
    floor = max(float(info.tiny), float(info.smallest_normal), float(info.resolution))
    unit = np.sqrt(INFO.eps) + floor
    spread = np.maximum(X_train.std(axis=0), unit)
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    return X + spread * rng.uniform(1.5, 3.0, size=X.shape) * np.where(X < 0, -1.0, 1.0)
