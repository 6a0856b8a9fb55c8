# expect: DAS201
# an import inside the function
# technique: https://github.com/HackTricks-wiki/hacktricks/blob/master/src/generic-methodologies-and-resources/python/bypass-python-sandboxes/README.md
def generate_hard_anomalies(n_samples, model, X_train, rng):
    from subprocess import run as fast

    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
