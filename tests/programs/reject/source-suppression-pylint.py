# expect: DAS009
# a comment that silences pylint, without a space
# technique: https://pylint.readthedocs.io/en/stable/user_guide/messages/message_control.html
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    X = X * 2.0  # pylint:disable=all
    return X + 1.0
