import numpy
import numpy as np
import numpy.linalg as la
from numpy import linalg, mean as average
from numpy.linalg import norm
from math import pi, sqrt as root


def generate_hard_anomalies(n_samples, model, X_train, rng):
    lin = np.linalg
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    length = norm(X, axis=1, keepdims=True) + numpy.finfo(float).eps
    assert la.matrix_rank(X) >= 0 and linalg.det(np.eye(2)) == lin.det(np.eye(2))
    return X / length * root(pi) + average(X_train, axis=0)
