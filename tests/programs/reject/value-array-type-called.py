# expect: DAS216
# the type for annotations called
# technique: https://numpy.org/doc/stable/reference/generated/numpy.ndarray.html
import numpy as np
from numpy.typing import NDArray



def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = NDArray[np.float64]((3,), float, np.arange(6.0), 8, (16,))
    return X + 1.0
