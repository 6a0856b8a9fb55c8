# expect: DAS201
# attrgetter is getattr by another name
# technique: https://docs.python.org/3/library/operator.html#operator.attrgetter
from operator import attrgetter


def generate_hard_anomalies(n_samples, model, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
