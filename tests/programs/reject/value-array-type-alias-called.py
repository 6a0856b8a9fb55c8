# expect: DAS216
# a name for a type called
# technique: https://numpy.org/doc/stable/reference/generated/numpy.ndarray.html
import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]



def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = Matrix((3,), float, np.arange(6.0))
    return X + 1.0
