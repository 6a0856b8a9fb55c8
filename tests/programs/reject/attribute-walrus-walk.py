# expect: DAS208, DAS205
# a walk in one expression
# technique: https://ur4ndom.dev/posts/2020-06-29-0ctf-quals-pyaucalc/
import numpy as np


def generate_hard_anomalies(n_samples, model, X_train, rng):
    X = X_train[rng.integers(0, len(X_train), n_samples)]
    value = [(y := ().__class__.__base__.__subclasses__()), y[0].load_module]
    return X + 1.0
