# expect: DAS104
# keyword-only parameters are not filled by the call
# technique: https://peps.python.org/pep-3102/
def generate_hard_anomalies(n_samples, model, *, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
