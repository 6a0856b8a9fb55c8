# expect: DAS104
# positional-only parameters
# technique: https://peps.python.org/pep-0570/
def generate_hard_anomalies(n_samples, model, /, X_train, rng):
    return X_train[rng.integers(0, len(X_train), n_samples)] + 1.0
