# expect: DAS201
# files and processes
# technique: https://github.com/HackTricks-wiki/hacktricks/blob/master/src/generic-methodologies-and-resources/python/bypass-python-sandboxes/README.md
import os


def generate_hard_anomalies(n_samples, model, X_train, rng):
    os.system("true")
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
