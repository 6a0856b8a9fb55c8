# expect: DAS212
# an attribute as the target of a with statement
# technique: https://docs.python.org/3/reference/compound_stmts.html#the-with-statement
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    with np.errstate() as np.mean:
        pass
    return X + 1.0
