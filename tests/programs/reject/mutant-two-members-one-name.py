# expect: DAS211
# one name for two functions of a module
# technique: docs/policy.md
from numpy import mean as centre
from numpy import median as centre


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
