# expect: DAS216, DAS210
# the class of arrays called later, with keywords that are text
# technique: https://docs.python.org/3/library/functools.html#functools.partial
import numpy as np
from functools import partial



def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = partial(np.ndarray, (2,))(**{"buf" + "fer": np.arange(4.0)})
    return X + 1.0
